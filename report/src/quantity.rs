//! The quantities of a band in the order of reports: name, symbol, unit, digits, and where they are.

use contract::parameters::Parameters;

use crate::format;

/// One quantity of [`Parameters`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantity {
    /// Name of the field, also in `not_evaluable`.
    pub key: &'static str,
    /// Symbol of the standard.
    pub symbol: &'static str,
    /// Unit; empty for a ratio.
    pub unit: &'static str,
    /// The value in a band.
    pub value: fn(&Parameters) -> Option<f64>,
    /// Its digits.
    pub format: fn(f64) -> String,
}

impl Quantity {
    /// The value, if there is a finite one.
    pub(crate) fn of(&self, band: &Parameters) -> Option<f64> {
        (self.value)(band).filter(|value| value.is_finite())
    }

    /// The value in digits, or the sign of a missing one.
    pub(crate) fn text(&self, band: &Parameters) -> String {
        format::or_missing(self.of(band), self.format)
    }

    /// Symbol and unit for the head of a column.
    pub(crate) fn heading(&self) -> String {
        if self.unit.is_empty() {
            self.symbol.to_owned()
        } else {
            format!("{} / {}", self.symbol, self.unit)
        }
    }
}

/// Defines a quantity from its field.
macro_rules! quantity {
    ($name:ident, $field:ident, $symbol:literal, $unit:literal, $format:ident) => {
        pub(crate) const $name: Quantity = Quantity {
            key: stringify!($field),
            symbol: $symbol,
            unit: $unit,
            value: |band| band.$field,
            format: format::$format,
        };
    };
}

quantity!(EDT, edt_s, "EDT", "s", time_s);
quantity!(T20, t20_s, "T₂₀", "s", time_s);
quantity!(T30, t30_s, "T₃₀", "s", time_s);
quantity!(C50, c50_db, "C₅₀", "dB", level_db);
quantity!(C80, c80_db, "C₈₀", "dB", level_db);
quantity!(D50, d50, "D₅₀", "", ratio);
quantity!(TS, ts_ms, "Tₛ", "ms", time_ms);
quantity!(DRR, drr_db, "DRR", "dB", level_db);
quantity!(INR, inr_db, "INR", "dB", level_db);
quantity!(CURVATURE, curvature_pct, "C", "%", share);
quantity!(XI20, nonlinearity_permille_t20, "ξ(T₂₀)", "‰", share);
quantity!(XI30, nonlinearity_permille_t30, "ξ(T₃₀)", "‰", share);
quantity!(U20, uncertainty_t20_s, "u(T₂₀)", "s", uncertainty_s);
quantity!(U30, uncertainty_t30_s, "u(T₃₀)", "s", uncertainty_s);
quantity!(TRUNCATION, truncation_s, "t(noise)", "s", time_s);

/// What describes the room.
pub(crate) const ROOM: [Quantity; 8] = [EDT, T20, T30, C50, C80, D50, TS, DRR];

/// What describes how well the decay could be measured.
pub(crate) const QUALITY: [Quantity; 7] = [INR, CURVATURE, XI20, XI30, U20, U30, TRUNCATION];

/// Every quantity, in the order of the document.
pub(crate) fn all() -> impl Iterator<Item = Quantity> {
    ROOM.into_iter().chain(QUALITY)
}
