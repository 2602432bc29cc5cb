//! Lines of words, broken at spaces: a terminal by itself breaks them within words.
//!
//! Rows of tables have gaps of two spaces and stay as they are; so does everything that is no terminal's.

/// What the lines after the first are indented by, besides the indent of the first.
const HANG: &str = "  ";

/// Columns of the terminal that shows the standard output; none where it goes elsewhere.
pub(super) fn columns() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size_of(std::io::stdout())?;
    Some(usize::from(width.0))
}

/// `text` in lines of at most so many columns, as far as its words allow.
pub(super) fn wrapped(text: &str, columns: usize) -> String {
    text.split_inclusive('\n')
        .map(|line| broken(line, columns))
        .collect()
}

fn broken(line: &str, columns: usize) -> String {
    let rest = line.trim_start_matches(' ');
    let indent = &line[..line.len() - rest.len()];
    if width(line) <= columns || rest.contains("  ") {
        return line.to_owned();
    }
    let mut text = indent.to_owned();
    let mut used = indent.len();
    for (index, word) in rest.split(' ').enumerate() {
        let needed = width(word);
        if index == 0 {
            used += needed;
        } else if used + 1 + needed <= columns {
            text.push(' ');
            used += 1 + needed;
        } else {
            text.extend(["\n", indent, HANG]);
            used = indent.len() + HANG.len() + needed;
        }
        text.push_str(word);
    }
    text
}

/// Columns that a text takes: colours take none.
fn width(text: &str) -> usize {
    let plain = anstream::adapter::strip_str(text).to_string();
    plain.trim_end_matches('\n').chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_hang() {
        let text =
            "63 Hz: no T30: the decay spans 31.0 dB\n  play it louder or nearer to it\nshort\n";
        let expected = "63 Hz: no T30: the\n  decay spans 31.0\n  dB\n  play it louder or\n    nearer to it\nshort\n";
        assert_eq!(wrapped(text, 20), expected);
    }

    #[test]
    fn rows_of_tables_stay_and_colours_take_no_room() {
        let row = "octave  0.53  0.55  0.60  0.61\n";
        assert_eq!(wrapped(row, 20), row);
        let coloured = "\u{1b}[33mCLIPPING\u{1b}[0m: peaks cut\n";
        assert_eq!(wrapped(coloured, 19), coloured);
    }

    #[test]
    fn a_word_that_is_longer_than_a_line_stays_whole() {
        assert_eq!(
            wrapped("see a-very-long-name.wav\n", 10),
            "see\n  a-very-long-name.wav\n"
        );
    }
}
