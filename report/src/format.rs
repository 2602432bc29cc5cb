//! Numbers as the standard's reports write them.
//!
//! Reverberation times, definition and the speech transmission index with two decimals, levels with
//! one, the centre time in whole milliseconds (the habit of ISO 3382-1:2009, table A.1, whose just
//! noticeable differences are coarser than the last digit). A number that is not finite has no
//! digits: it becomes [`MISSING`], as a quantity without a value does.

/// Stands where there is no value.
pub const MISSING: &str = "–";

/// Seconds with two decimals: `0.53`.
pub fn time_s(value: f64) -> String {
    decimals(value, 2)
}

/// An uncertainty in seconds with three decimals: `0.012`.
pub fn uncertainty_s(value: f64) -> String {
    decimals(value, 3)
}

/// Decibels with one decimal: `7.5`.
pub fn level_db(value: f64) -> String {
    decimals(value, 1)
}

/// A ratio between 0 and 1 (definition, speech transmission index) with two decimals: `0.85`.
pub fn ratio(value: f64) -> String {
    decimals(value, 2)
}

/// Milliseconds without decimals: `65`.
pub fn time_ms(value: f64) -> String {
    decimals(value, 0)
}

/// Per cent and per mille with one decimal: `2.4`.
pub fn share(value: f64) -> String {
    decimals(value, 1)
}

/// Parts per million with sign and one decimal: `+12.3`.
pub fn skew_ppm(value: f64) -> String {
    signed(value, level_db)
}

/// A difference: `digits` with its sign; what rounds to zero has none.
pub fn signed(value: f64, digits: fn(f64) -> String) -> String {
    let text = digits(value);
    if value > 0.0 && text.bytes().any(|b| matches!(b, b'1'..=b'9')) {
        format!("+{text}")
    } else {
        text
    }
}

/// A nominal frequency with its unit: `31.5 Hz`, `125 Hz`, `1 kHz`, `1.25 kHz`.
pub fn frequency_hz(value: f64) -> String {
    if value < 1000.0 {
        format!("{} Hz", plain(value))
    } else {
        format!("{} kHz", plain(value / 1000.0))
    }
}

/// A nominal frequency for an axis in hertz: `125`, `1k`.
pub fn frequency_tick(value: f64) -> String {
    if value < 1000.0 {
        plain(value)
    } else {
        format!("{}k", plain(value / 1000.0))
    }
}

/// A number with the digits it needs, at most four decimals: `40`, `2.5`.
pub fn plain(value: f64) -> String {
    let digits = decimals(value, 4);
    if digits.contains('.') {
        digits
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    } else {
        digits
    }
}

/// A value formatted, or [`MISSING`].
pub fn or_missing(value: Option<f64>, format: fn(f64) -> String) -> String {
    value.map_or_else(|| MISSING.to_owned(), format)
}

/// Fixed decimals with a true minus sign and no negative zero.
fn decimals(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    let digits = format!("{:.places$}", value.abs());
    let zero = digits.bytes().all(|digit| matches!(digit, b'0' | b'.'));
    if value < 0.0 && !zero {
        format!("\u{2212}{digits}")
    } else {
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_quantity_has_its_decimals() {
        assert_eq!(time_s(0.5349), "0.53");
        assert_eq!(uncertainty_s(0.0123), "0.012");
        assert_eq!(level_db(-7.46), "\u{2212}7.5");
        assert_eq!(ratio(0.849887), "0.85");
        assert_eq!(time_ms(18.8617), "19");
        assert_eq!(skew_ppm(12.34), "+12.3");
        assert_eq!(skew_ppm(-120.0), "\u{2212}120.0");
        assert_eq!(skew_ppm(0.01), "0.0");
        assert_eq!(signed(0.123, ratio), "+0.12");
        assert_eq!(signed(-0.123, ratio), "\u{2212}0.12");
        assert_eq!(signed(0.001, ratio), "0.00");
    }

    #[test]
    fn zero_has_no_sign_and_nothing_is_called_nan() {
        assert_eq!(level_db(-0.04), "0.0");
        assert_eq!(time_s(f64::NAN), MISSING);
        assert_eq!(level_db(f64::NEG_INFINITY), MISSING);
        assert_eq!(or_missing(None, time_s), MISSING);
    }

    #[test]
    fn frequencies_are_nominal_names() {
        assert_eq!(frequency_hz(31.5), "31.5 Hz");
        assert_eq!(frequency_hz(1000.0), "1 kHz");
        assert_eq!(frequency_hz(1250.0), "1.25 kHz");
        assert_eq!(frequency_tick(20000.0), "20k");
        assert_eq!(frequency_tick(100.0), "100");
    }
}
