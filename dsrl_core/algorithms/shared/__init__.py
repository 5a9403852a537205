"""What several algorithms share: state, keys, and the update of the actor. Imports networks and augmentations."""
