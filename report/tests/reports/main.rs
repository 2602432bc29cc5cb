//! Reports are well-formed, complete, harmless and legible, whatever the document holds.

mod checks;
mod comparisons;
mod drawings;
mod fixture;
mod pages;
mod plots;
mod simulated;
mod tables;
mod words;
