//! Checks of a recording and of the response that came from it: each looks for one fault and says what it found
//! in numbers.

pub(crate) mod background;
pub(crate) mod clipping;
pub(crate) mod dropout;
pub(crate) mod impulsive;
pub(crate) mod response;
