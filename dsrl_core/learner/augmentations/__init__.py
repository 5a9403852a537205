"""Random changes of camera images, one file each; `learner/augment.py` has their order."""
