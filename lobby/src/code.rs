//! What people type for the code of a lobby.

/// What a code may have been meant as: as typed, else in capitals.
pub(crate) fn readings(typed: &str) -> Vec<String> {
    let capitals = typed.to_ascii_uppercase();
    if capitals == typed {
        vec![capitals]
    } else {
        vec![typed.to_owned(), capitals]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_before_its_capitals() {
        assert_eq!(readings("ABC234"), ["ABC234"]);
        assert_eq!(readings("abC234"), ["abC234", "ABC234"]);
    }
}
