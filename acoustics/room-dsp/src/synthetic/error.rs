//! Why a recipe cannot be followed: the field, the value, what is allowed.
//!
//! One shape for all fields, because the remedy is always the same: change the field.

use core::fmt;
use core::ops::RangeInclusive;

/// A field of a recipe lies outside its range.
#[derive(Debug, Clone, PartialEq)]
pub struct RecipeError {
    /// Name of the field or builder method.
    pub field: &'static str,
    /// The value found.
    pub found: f64,
    /// The values allowed, in the unit of the field.
    pub allowed: RangeInclusive<f64>,
}

impl fmt::Display for RecipeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the recipe's {} is {}; allowed is {} to {}; change it or leave it out",
            self.field,
            self.found,
            self.allowed.start(),
            self.allowed.end()
        )
    }
}

impl core::error::Error for RecipeError {}

/// Accepts `found` inside `allowed`; a value that is not a number lies inside no range.
pub(super) fn require(
    field: &'static str,
    found: f64,
    allowed: RangeInclusive<f64>,
) -> Result<(), RecipeError> {
    if allowed.contains(&found) {
        Ok(())
    } else {
        Err(RecipeError {
            field,
            found,
            allowed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_field_value_and_range() {
        let error = require("peak", 2.5, 0.0..=1.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the recipe's peak is 2.5; allowed is 0 to 1; change it or leave it out"
        );
        assert!(require("peak", f64::NAN, 0.0..=1.0).is_err());
        assert_eq!(require("peak", 1.0, 0.0..=1.0), Ok(()));
    }
}
