//! Old answers of hand-made simulations.
