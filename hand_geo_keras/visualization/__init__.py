"""Figures made of arrays: skeletons, latent points, curves, grids of images."""
