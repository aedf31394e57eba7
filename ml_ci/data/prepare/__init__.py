"""The example data: UCI handwritten digits as pictures, the same bytes on every machine.

Nothing of the pipeline imports this package: who brings data of their own can delete it.
"""
