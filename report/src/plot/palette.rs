//! Colours of the plots: Okabe and Ito's set, told apart by readers with colour blindness, and greys.

/// White card.
pub(super) const PAPER: &str = "#ffffff";
/// Frame of a card.
pub(super) const BORDER: &str = "#d5dae0";
/// Titles and values.
pub(super) const INK: &str = "#1b2733";
/// Axis labels and remarks; contrast to white above 4.5.
pub(super) const MUTED: &str = "#4d5b68";
/// Axes.
pub(super) const AXIS: &str = "#7b8794";
/// Grid lines.
pub(super) const GRID: &str = "#e6e9ed";
/// What is measured but not evaluated.
pub(super) const FADED: &str = "#a9b2bc";

/// Blue.
pub(super) const BLUE: &str = "#0072b2";
/// Sky blue.
pub(super) const SKY: &str = "#56b4e9";
/// Bluish green.
pub(super) const GREEN: &str = "#009e73";
/// Orange.
pub(super) const ORANGE: &str = "#e69f00";
/// Vermilion.
pub(super) const VERMILION: &str = "#d55e00";
