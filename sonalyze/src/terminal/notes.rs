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
    Legend::of(rows.iter().flat_map(|row| &row.flags).map(String::as_str))
}

impl Legend {
    /// A letter for each of the codes.
    pub(crate) fn of<'a>(all: impl Iterator<Item = &'a str>) -> Self {
        let mut codes: Vec<String> = Vec::new();
        for code in all {
            if !codes.iter().any(|known| known == code) {
                codes.push(code.to_owned());
            }
        }
        Self { codes }
    }

    /// The letters of a row's flags, such as `a c`.
    pub(crate) fn marks(&self, flags: &[impl AsRef<str>]) -> String {
        let carried = self
            .codes
            .iter()
            .enumerate()
            .filter(|(_, code)| flags.iter().any(|flag| flag.as_ref() == *code));
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
///
/// Reasons of one kind that differ in their numbers only are told apart for few bands, and by example for many.
pub(crate) fn reasons(rows: &[&Parameters], columns: &[(&str, &str)]) -> String {
    let mut kinds: Vec<Vec<Remark>> = Vec::new();
    for remark in rows.iter().flat_map(|row| remarks(row, columns)) {
        match kinds
            .iter_mut()
            .find(|kind| kind.iter().any(|known| known.is_like(&remark)))
        {
            Some(kind) => kind.push(remark),
            None => kinds.push(vec![remark]),
        }
    }
    kinds.iter().map(|kind| told(kind)).collect()
}

/// Why a band lacks some quantities.
struct Remark {
    band: String,
    quantities: String,
    code: String,
    message: String,
}

impl Remark {
    fn is_like(&self, other: &Self) -> bool {
        self.quantities == other.quantities && self.code == other.code
    }
}

/// Most bands whose different numbers are all told.
const TOLD_APART_MAX: usize = 2;

fn told(kind: &[Remark]) -> String {
    let Some(first) = kind.first() else {
        return String::new();
    };
    let is_one = kind.iter().all(|remark| remark.message == first.message);
    let line = |bands: &[Remark], example: &str| {
        let names: Vec<&str> = bands.iter().map(|remark| remark.band.as_str()).collect();
        let (quantities, message) = (&bands[0].quantities, &bands[0].message);
        format!(
            "{}: no {quantities}: {example}{message}\n",
            names.join(", ")
        )
    };
    if is_one {
        line(kind, "")
    } else if kind.len() > TOLD_APART_MAX {
        line(kind, &format!("at {} ", first.band))
    } else {
        kind.chunks(1).map(|one| line(one, "")).collect()
    }
}

/// The name of a row: its nominal centre, or that it is the whole response.
pub(crate) fn band_name(band: &Parameters) -> String {
    band.center_hz
        .map_or_else(|| "all".to_owned(), format::frequency_hz)
}

/// The remarks of one row, quantities with the same reason together: `no T20, T30: ...`.
fn remarks(row: &Parameters, columns: &[(&str, &str)]) -> Vec<Remark> {
    let mut found: Vec<Remark> = Vec::new();
    for (key, head) in columns {
        let Some(reason) = row.not_evaluable.get(*key) else {
            continue;
        };
        match found
            .iter_mut()
            .find(|known| known.message == reason.message)
        {
            Some(known) => {
                known.quantities.push_str(", ");
                known.quantities.push_str(head);
            }
            None => found.push(Remark {
                band: band_name(row),
                quantities: (*head).to_owned(),
                code: reason.code.clone(),
                message: reason.message.clone(),
            }),
        }
    }
    found
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
    fn many_reasons_of_a_kind_are_told_by_example() {
        let rows = [63.0, 125.0, 250.0].map(|hz| silent(hz, &["t30_s"], &format!("{hz} wide")));
        let text = reasons(&rows.iter().collect::<Vec<_>>(), &COLUMNS);
        assert_eq!(text, "63 Hz, 125 Hz, 250 Hz: no T30: at 63 Hz 63 wide\n");
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
        assert_eq!(legend.marks(&rows[0].flags), "a");
        assert_eq!(legend.marks(&rows[1].flags), "a b");
        assert_eq!(legend.text().lines().count(), 2);
    }
}
