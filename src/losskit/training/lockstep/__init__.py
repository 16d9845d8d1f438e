"""Every candidate on every fold with every seed, trained side by side on one core: the engine of `choose`. PyTorch.

trainer: `train_lanes`. lanes: what goes in and comes out. Linear lanes go to their minimum: fits groups and starts
them, linear is their objective, newton the steps, normal the systems solved; kinks tells which losses need smoothing.
MLP lanes go epoch by epoch: epochs is their course, mlp one pass over the rows.
"""
