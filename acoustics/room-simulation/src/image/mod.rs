//! What reaches a receiver by specular reflection, and what bends around an edge in its way.

pub(crate) mod beam;
mod boxes;
mod clip;
mod cone;
mod corner;
pub(crate) mod diffraction;
pub(crate) mod ends;
mod mirror;
mod obstacle;
pub(crate) mod path;
mod shade;
mod taut;
