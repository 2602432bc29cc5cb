//! What stands below a table: the flags of its values in words, and why values are missing.
//!
//! Equal remarks are told once, with the bands they hold for.

use contract::parameters::Parameters;
use report::format;

/// Letters that mark flags in the table, in order of appearance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Legend {
    codes: Vec<String>,
}

/// Collects the flags of all rows.
pub(crate) fn flags(rows: &[&Parameters]) -> Legend {
    let mut codes: Vec<String> = Vec::new();
    for code in rows.iter().flat_map(|row| &row.flags) {
        if !codes.contains(code) {
            codes.push(code.clone());
        }
    }
    Legend { codes }
}

impl Legend {
    /// The letters of a row's flags, such as `a c`.
    pub(crate) fn marks(&self, band: &Parameters) -> String {
        let carried = self
            .codes
            .iter()
            .enumerate()
            .filter(|(_, code)| band.flags.contains(code));
        let letters: Vec<String> = carried.map(|(index, _)| letter(index)).collect();
        letters.join(" ")
    }

    /// Each letter with its code in words.
    pub(crate) fn text(&self) -> String {
        let codes = self.codes.iter().enumerate();
        let lines: Vec<String> = codes
            .map(|(index, code)| {
                format!(
                    "{} {code}: {}\n",
                    letter(index),
                    report::flag_in_words(code)
                )
            })
            .collect();
        lines.concat()
    }
}

/// Why quantities are missing: `columns` are those shown, as key and head.
pub(crate) fn reasons(rows: &[&Parameters], columns: &[(&str, &str)]) -> String {
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for row in rows {
        for remark in remarks(row, columns) {
            match told.iter_mut().find(|(known, _)| *known == remark) {
                Some((_, bands)) => bands.push(band_name(row)),
                None => told.push((remark, vec![band_name(row)])),
            }
        }
    }
    let lines: Vec<String> = told
        .iter()
        .map(|(remark, bands)| format!("{}: {remark}\n", bands.join(", ")))
        .collect();
    lines.concat()
}

/// The name of a row: its nominal centre, or that it is the whole response.
pub(crate) fn band_name(band: &Parameters) -> String {
    band.center_hz
        .map_or_else(|| "all".to_owned(), format::frequency_hz)
}

/// The remarks of one row, quantities with the same reason together: `no T20, T30: ...`.
fn remarks(row: &Parameters, columns: &[(&str, &str)]) -> Vec<String> {
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for (key, head) in columns {
        if let Some(reason) = row.not_evaluable.get(*key) {
            match by_reason
                .iter_mut()
                .find(|(known, _)| *known == reason.message)
            {
                Some((_, heads)) => heads.push(head),
                None => by_reason.push((&reason.message, vec![head])),
            }
        }
    }
    by_reason
        .iter()
        .map(|(message, heads)| format!("no {}: {message}", heads.join(", ")))
        .collect()
}

/// `a` to `z`, then numbers.
fn letter(index: usize) -> String {
    ('a'..='z')
        .nth(index)
        .map_or_else(|| index.to_string(), String::from)
}

#[cfg(test)]
mod tests {
    use contract::parameters::NotEvaluable;

    use super::*;

    const COLUMNS: [(&str, &str); 2] = [("t20_s", "T20"), ("t30_s", "T30")];

    fn silent(center_hz: f64, keys: &[&str], message: &str) -> Parameters {
        let reason = NotEvaluable {
            code: "BAND_NOT_EXCITED".to_owned(),
            message: message.to_owned(),
            needed: None,
            found: None,
        };
        Parameters {
            center_hz: Some(center_hz),
            not_evaluable: keys
                .iter()
                .map(|k| ((*k).to_owned(), reason.clone()))
                .collect(),
            ..Parameters::default()
        }
    }

    #[test]
    fn equal_reasons_are_told_once() {
        let keys = ["t20_s", "t30_s", "uncertainty_t20_s"];
        let rows = [
            silent(8000.0, &keys, "beyond the sweep"),
            silent(16_000.0, &keys, "beyond the sweep"),
        ];
        let text = reasons(&rows.iter().collect::<Vec<_>>(), &COLUMNS);
        assert_eq!(text, "8 kHz, 16 kHz: no T20, T30: beyond the sweep\n");
    }

    #[test]
    fn different_reasons_stay_apart() {
        let rows = [
            silent(63.0, &["t30_s"], "31 dB"),
            silent(125.0, &["t30_s"], "33 dB"),
        ];
        let text = reasons(&rows.iter().collect::<Vec<_>>(), &COLUMNS);
        assert_eq!(text, "63 Hz: no T30: 31 dB\n125 Hz: no T30: 33 dB\n");
    }

    #[test]
    fn letters_follow_the_order_of_appearance() {
        let flagged = |codes: &[&str]| Parameters {
            flags: codes.iter().map(|c| (*c).to_owned()).collect(),
            ..Parameters::default()
        };
        let rows = [
            flagged(&["CURVED_DECAY"]),
            flagged(&["LOW_INR", "CURVED_DECAY"]),
        ];
        let legend = flags(&rows.iter().collect::<Vec<_>>());
        assert_eq!(legend.marks(&rows[0]), "a");
        assert_eq!(legend.marks(&rows[1]), "a b");
        assert_eq!(legend.text().lines().count(), 2);
    }
}
