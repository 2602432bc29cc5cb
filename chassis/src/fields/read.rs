//! A field that was read: its value, or nothing because its fault has been noted.

/// A value, or nothing where a fault was noted. It is opened by [`super::Fields::finish`] alone, so that no handler
/// goes on with half a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "opened by `Fields::finish`"]
pub struct Read<T>(pub(super) Option<T>);

impl<T> Read<T> {
    /// A value that needed no reading.
    pub fn of(value: T) -> Self {
        Self(Some(value))
    }

    /// Changes the value, if there is one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Read<U> {
        Read(self.0.map(change))
    }

    /// The value, if it has no fault, for checks across fields before the end.
    pub fn peek(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

impl<T> Read<Option<T>> {
    /// What an absent field stands for.
    pub fn or(self, default: T) -> Read<T> {
        self.map(|value| value.unwrap_or(default))
    }
}

/// Several reads that are whole or not: tuples of up to eight, lists, one read, or none.
pub trait Whole {
    /// The values.
    type Out;

    /// All values, or nothing.
    fn whole(self) -> Read<Self::Out>;
}

impl Whole for () {
    type Out = ();

    fn whole(self) -> Read<()> {
        Read(Some(()))
    }
}

impl<T> Whole for Read<T> {
    type Out = T;

    fn whole(self) -> Self {
        self
    }
}

/// As many as there are.
impl<T> Whole for Vec<Read<T>> {
    type Out = Vec<T>;

    fn whole(self) -> Read<Vec<T>> {
        Read(self.into_iter().map(|read| read.0).collect())
    }
}

macro_rules! whole {
    ($($value:ident),+) => {
        impl<$($value),+> Whole for ($(Read<$value>,)+) {
            type Out = ($($value,)+);

            #[expect(non_snake_case, reason = "the names of the types name the values too")]
            fn whole(self) -> Read<Self::Out> {
                let ($($value,)+) = self;
                Read((|| Some(($($value.0?,)+)))())
            }
        }
    };
}

whole!(A);
whole!(A, B);
whole!(A, B, C);
whole!(A, B, C, D);
whole!(A, B, C, D, E);
whole!(A, B, C, D, E, F);
whole!(A, B, C, D, E, F, G);
whole!(A, B, C, D, E, F, G, H);
