//! From a number of bands at run time to one at compile time.

/// Runs an expression with the constant `$name` set to `$count`, 1 to 9; other counts do nothing.
macro_rules! with_bands {
    ($count:expr, $name:ident => $run:expr) => {
        with_bands!(@ $count, $name, $run, 1 2 3 4 5 6 7 8 9)
    };
    (@ $count:expr, $name:ident, $run:expr, $($number:literal)*) => {
        match $count {
            $($number => { const $name: usize = $number; $run })*
            _ => {}
        }
    };
}
