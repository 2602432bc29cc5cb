//! Which backups are kept: the newest of each of the last days, weeks and months that have one. Pure.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// How many periods of each kind keep their newest backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    /// Days.
    pub(crate) daily: usize,
    /// Weeks, from Monday on.
    pub(crate) weekly: usize,
    /// Months.
    pub(crate) monthly: usize,
}

/// The places in `times` of those that nothing keeps. The newest is never among them.
pub(super) fn superseded(times: &[Timestamp], keep: Keep) -> BTreeSet<usize> {
    let mut newest_first: Vec<usize> = (0..times.len()).collect();
    newest_first.sort_by_key(|at| std::cmp::Reverse((times[*at], *at)));
    let mut kept: BTreeSet<usize> = newest_first.first().copied().into_iter().collect();
    kept.extend(firsts(&newest_first, times, keep.daily, |day| {
        (day.year(), day.day_of_year())
    }));
    kept.extend(firsts(&newest_first, times, keep.weekly, |day| {
        let week = day.iso_week_date();
        (week.year(), i16::from(week.week()))
    }));
    kept.extend(firsts(&newest_first, times, keep.monthly, |day| {
        (day.year(), i16::from(day.month()))
    }));
    newest_first.retain(|at| !kept.contains(at));
    newest_first.into_iter().collect()
}

/// The first of each of the first `most` periods.
fn firsts(
    order: &[usize],
    times: &[Timestamp],
    most: usize,
    period: fn(Date) -> (i16, i16),
) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let of = |at: &usize| period(times[*at].to_zoned(TimeZone::UTC).date());
    let firsts = order.iter().filter(|at| seen.insert(of(at)));
    firsts.take(most).copied().collect()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const USUAL: Keep = Keep {
        daily: 7,
        weekly: 4,
        monthly: 12,
    };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// What is left of backups made every `hours` for `days`, when it is cleaned after each.
    fn lived_through(hours: i64, days: i64, keep: Keep) -> Vec<Timestamp> {
        let mut kept: Vec<Timestamp> = Vec::new();
        for step in 0..=(days * 24 / hours) {
            kept.push(at("2026-01-01T03:00:00Z") + SignedDuration::from_hours(step * hours));
            let old = superseded(&kept, keep);
            let all = std::mem::take(&mut kept).into_iter().enumerate();
            kept = all
                .filter(|(place, _)| !old.contains(place))
                .map(|(_, time)| time)
                .collect();
        }
        kept
    }

    #[test]
    fn nothing_and_one_alone_stay() {
        let none = Keep {
            daily: 0,
            weekly: 0,
            monthly: 0,
        };
        assert!(superseded(&[], none).is_empty());
        assert!(superseded(&[at("2020-02-29T00:00:00Z")], none).is_empty());
        let two = [at("2026-01-02T00:00:00Z"), at("2026-01-01T00:00:00Z")];
        assert_eq!(superseded(&two, none), BTreeSet::from([1]));
    }

    #[test]
    fn of_a_day_the_newest_stays_whatever_their_order() {
        let times = [
            at("2026-03-04T01:00:00Z"),
            at("2026-03-04T23:59:59Z"),
            at("2026-03-04T12:00:00Z"),
            at("2026-03-05T00:00:00Z"),
        ];
        let days = Keep {
            daily: 7,
            weekly: 0,
            monthly: 0,
        };
        assert_eq!(superseded(&times, days), BTreeSet::from([0, 2]));
    }

    #[test]
    fn a_year_of_days_leaves_seven_days_four_weeks_and_twelve_months() {
        let kept = lived_through(24, 400, USUAL);
        let days: Vec<String> = kept.iter().map(ToString::to_string).collect();
        // Of each month its last day, of each week its Sunday, then the last seven days, which are of both too.
        assert_eq!(days.len(), 7 + 2 + 10, "{days:?}");
        assert_eq!(days[0], "2026-03-31T03:00:00Z");
        assert!(
            days.contains(&"2026-12-31T03:00:00Z".to_owned()),
            "{days:?}"
        );
        assert!(
            days.contains(&"2027-01-24T03:00:00Z".to_owned()),
            "{days:?}"
        );
        assert_eq!(days.last().unwrap(), "2027-02-05T03:00:00Z");
    }

    #[test]
    fn backups_of_every_hour_leave_as_many() {
        assert_eq!(
            lived_through(1, 400, USUAL).len(),
            lived_through(24, 400, USUAL).len()
        );
    }

    #[test]
    fn a_week_that_spans_the_new_year_is_one() {
        let times = [at("2026-12-31T03:00:00Z"), at("2027-01-02T03:00:00Z")];
        let weeks = Keep {
            daily: 0,
            weekly: 4,
            monthly: 0,
        };
        assert_eq!(superseded(&times, weeks), BTreeSet::from([0]));
    }

    #[test]
    fn a_long_pause_takes_nothing_away() {
        let times = [at("2024-05-06T03:00:00Z"), at("2026-12-31T03:00:00Z")];
        assert!(superseded(&times, USUAL).is_empty());
    }
}
