//! A moment as the databases keep it: whole microseconds, because `timestamptz` has no finer ones, and what was
//! written must equal what is read.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueFormat, PgValueRef, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Type};

/// Microseconds from 1970-01-01 to 2000-01-01, the epoch of `PostgreSQL`.
const POSTGRES_EPOCH_US: i64 = 946_684_800_000_000;

/// A moment in UTC, in whole microseconds.
///
/// `timestamptz` on `PostgreSQL`, `INTEGER` microseconds since 1970 on `SQLite` (they sort, a text form with a varying
/// number of digits does not), RFC 3339 with six decimals and `Z` in JSON. Range: years -9999 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Timestamp);

/// A number of microseconds outside of the years -9999 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} microseconds since 1970 is no instant: the years -9999 to 9999 are allowed")]
pub struct OutOfRange(i64);

impl Instant {
    /// The moment of the call, for the boundary of a service; pure code takes it as an argument.
    pub fn now() -> Self {
        Self::from(Timestamp::now())
    }

    /// The moment `microseconds` after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`] outside of the years -9999 to 9999.
    pub fn from_microseconds(microseconds: i64) -> Result<Self, OutOfRange> {
        Timestamp::from_microsecond(microseconds)
            .map(Self)
            .map_err(|_| OutOfRange(microseconds))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn microseconds(self) -> i64 {
        self.0.as_microsecond()
    }

    /// As a timestamp of `jiff`.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }

    /// The moment `span` later; the last one there is when that lies beyond it.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        let sum = self.microseconds().saturating_add(micros);
        Self(Timestamp::from_microsecond(sum).unwrap_or(Timestamp::MAX)).floored()
    }

    /// The moment `span` earlier; the first one there is when that lies beyond it.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        let difference = self.microseconds().saturating_sub(micros);
        Self(Timestamp::from_microsecond(difference).unwrap_or(Timestamp::MIN)).floored()
    }

    fn floored(self) -> Self {
        Self::from(self.0)
    }
}

/// Cut to whole microseconds, downwards, so that the order of two moments is never reversed.
impl From<Timestamp> for Instant {
    fn from(timestamp: Timestamp) -> Self {
        let micros = timestamp.as_nanosecond().div_euclid(1_000);
        let cut = i64::try_from(micros)
            .ok()
            .and_then(|us| Timestamp::from_microsecond(us).ok());
        Self(cut.unwrap_or(Timestamp::MIN))
    }
}

/// RFC 3339 in UTC with exactly six decimals: `2026-01-31T09:00:00.000001Z`.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.0)
    }
}

/// Reads RFC 3339 with any offset.
impl FromStr for Instant {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(text.parse::<Timestamp>()?))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl Type<Postgres> for Instant {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("timestamptz")
    }
}

impl sqlx::postgres::PgHasArrayType for Instant {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("_timestamptz")
    }
}

impl Encode<'_, Postgres> for Instant {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        // The protocol counts from 2000; every instant lies within i64 there too.
        <i64 as Encode<'_, Postgres>>::encode(self.microseconds() - POSTGRES_EPOCH_US, buffer)
    }

    fn size_hint(&self) -> usize {
        size_of::<i64>()
    }
}

impl<'r> Decode<'r, Postgres> for Instant {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        match value.format() {
            PgValueFormat::Binary => {
                let since_2000 = <i64 as Decode<'r, Postgres>>::decode(value)?;
                Ok(Self::from_microseconds(
                    since_2000.saturating_add(POSTGRES_EPOCH_US),
                )?)
            }
            PgValueFormat::Text => Ok(value.as_str()?.parse()?),
        }
    }
}

impl Type<Sqlite> for Instant {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }

    fn compatible(info: &SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(info)
    }
}

impl Encode<'_, Sqlite> for Instant {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<'_, Sqlite>>::encode(self.microseconds(), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Instant {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self::from_microseconds(
            <i64 as Decode<'r, Sqlite>>::decode(value)?,
        )?)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::Instant;

    #[test]
    fn the_text_has_six_decimals_and_z() {
        for (given, shown) in [
            ("2026-01-31T10:00:00+01:00", "2026-01-31T09:00:00.000000Z"),
            ("2026-01-31T09:00:00.1Z", "2026-01-31T09:00:00.100000Z"),
            (
                "2026-01-31T09:00:00.123456999Z",
                "2026-01-31T09:00:00.123456Z",
            ),
            (
                "1969-12-31T23:59:59.999999999Z",
                "1969-12-31T23:59:59.999999Z",
            ),
        ] {
            let instant: Instant = given.parse().unwrap();
            assert_eq!(instant.to_string(), shown);
            assert_eq!(
                serde_json::to_string(&instant).unwrap(),
                format!("\"{shown}\"")
            );
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        assert!(
            serde_json::from_str::<Instant>("\"2026-01-31T09:00:00\"").is_err(),
            "no offset"
        );
        assert!(serde_json::from_str::<Instant>("12").is_err());
        let refused = Instant::from_microseconds(i64::MAX).unwrap_err();
        assert!(refused.to_string().contains("-9999 to 9999"), "{refused}");
    }

    #[test]
    fn spans_stop_at_the_ends() {
        let start: Instant = "2026-01-31T09:00:00Z".parse().unwrap();
        let later = start.after(Duration::from_millis(1_500));
        assert_eq!(later.to_string(), "2026-01-31T09:00:01.500000Z");
        assert_eq!(later.before(Duration::from_millis(1_500)), start);
        assert_eq!(start.after(Duration::MAX), Instant::from(Timestamp::MAX));
        assert_eq!(start.before(Duration::MAX), Instant::from(Timestamp::MIN));
    }

    proptest! {
        #[test]
        fn texts_and_numbers_come_back_and_keep_the_order(a in -2_000_000_000_000_000i64..4_000_000_000_000_000,
                                                          b in -2_000_000_000_000_000i64..4_000_000_000_000_000) {
            let (first, second) = (Instant::from_microseconds(a).unwrap(), Instant::from_microseconds(b).unwrap());
            prop_assert_eq!(first.microseconds(), a);
            prop_assert_eq!(first.to_string().parse::<Instant>().unwrap(), first);
            prop_assert_eq!(first.cmp(&second), a.cmp(&b));
        }

        #[test]
        fn cutting_never_goes_up(ns in -5_000_000_000i128..5_000_000_000) {
            let fine = Timestamp::from_nanosecond(ns).unwrap();
            let cut = Instant::from(fine).timestamp();
            prop_assert!(cut <= fine && fine.as_nanosecond() - cut.as_nanosecond() < 1_000);
        }
    }
}
