//! How wide a text is in the plots' font, and how to make it fit.
//!
//! SVG has no layout: whoever places a text has to know its width. The widths are those of
//! `DejaVu Sans` (`assets/README.md`); another sans-serif font is narrower.

/// Units of the widths below per em.
const EM: f64 = 2048.0;

/// Advance widths of U+0020 to U+007E.
const ADVANCE: [u16; 95] = [
    651, 821, 942, 1716, 1303, 1946, 1597, 563, 799, 799, 1024, 1716, 651, 739, 651, 690, 1303,
    1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 690, 690, 1716, 1716, 1716, 1087, 2048,
    1401, 1405, 1430, 1577, 1294, 1178, 1587, 1540, 604, 604, 1343, 1141, 1767, 1532, 1612, 1235,
    1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251, 1403, 799, 690, 799, 1716, 1024, 1024,
    1255, 1300, 1126, 1300, 1260, 721, 1300, 1298, 569, 569, 1186, 569, 1995, 1298, 1253, 1300,
    1300, 842, 1067, 803, 1298, 1212, 1675, 1212, 1212, 1075, 1303, 690, 1303, 1716,
];

/// Width of a subscript digit.
const SUBSCRIPT: u16 = 821;

/// Width taken for any other character: that of the widest letters, a minus sign, an ellipsis.
const OTHER: u16 = 2048;

/// Width of `text` at `size`, in the unit of `size`; never too small for the plots' font.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// `text` if it is at most `room` wide at `size`, else its beginning and its end around an ellipsis.
pub(crate) fn shorten(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let characters: Vec<char> = text.chars().collect();
    (0..characters.len())
        .rev()
        .map(|kept| around_ellipsis(&characters, kept))
        .find(|candidate| width(candidate, size) <= room)
        .unwrap_or_default()
}

/// `text` broken at spaces into lines of at most `room`; a longer word stands alone, shortened.
pub(crate) fn wrap(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = shorten(word, size, room);
        match lines.last_mut() {
            Some(line) if width(line, size) + width(" ", size) + width(&word, size) <= room => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

fn around_ellipsis(characters: &[char], kept: usize) -> String {
    let tail = kept / 2;
    let (head, rest) = characters.split_at(kept - tail);
    let tail = &rest[rest.len() - tail..];
    head.iter().chain(&['…']).chain(tail).collect()
}

fn advance(character: char) -> f64 {
    let units = match character {
        '₀'..='₉' => SUBSCRIPT,
        '–' => 1024,
        _ => u32::from(character)
            .checked_sub(0x20)
            .and_then(|offset| usize::try_from(offset).ok())
            .and_then(|offset| ADVANCE.get(offset).copied())
            .unwrap_or(OTHER),
    };
    f64::from(units) / EM
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_the_fonts() {
        assert!((width("0.53", 2048.0) - f64::from(3 * 1303 + 651)).abs() < 1e-9);
        assert!((width("T₃₀", 2048.0) - f64::from(1251 + 2 * 821)).abs() < 1e-9);
        assert!((width("~", 2048.0) - 1716.0).abs() < 1e-9);
    }

    #[test]
    fn a_long_name_keeps_its_beginning_and_its_end() {
        let name = "recording-of-the-great-hall-position-12.flac";
        let short = shorten(name, 10.0, 120.0);
        assert!(width(&short, 10.0) <= 120.0, "{short}");
        let (head, tail) = short.split_once('…').unwrap();
        assert!(
            head.starts_with("rec") && tail.ends_with("2.flac"),
            "{short}"
        );
        assert_eq!(shorten("a.wav", 10.0, 120.0), "a.wav");
        assert_eq!(shorten("WWWW", 10.0, 1.0), "");
    }

    #[test]
    fn lines_fit_and_lose_no_word() {
        let text = "the decay range of 31.5 dB is too small for T30";
        let lines = wrap(text, 10.0, 90.0);
        assert!(lines.len() > 2);
        assert!(lines.iter().all(|line| width(line, 10.0) <= 90.0));
        assert_eq!(lines.join(" "), text);
    }
}
