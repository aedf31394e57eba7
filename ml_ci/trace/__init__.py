"""A trace: what one side recorded on each rung, for every image, on disk and in memory.

``trace/<target>/trace.json`` names the images, the failures and the shards. A shard is some images
in the order they were recorded: ``00000.json`` holds hashes, shapes and texts of their rungs,
``00000.safetensors`` the arrays that were kept, named ``<step>/<image>``. So neither side of a
comparison is ever in memory as a whole. Needs numpy and safetensors only; nothing is pickled.
"""
