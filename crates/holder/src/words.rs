//! Numbers and days as people say them.

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Seconds of a day.
const DAY: u64 = 86_400;

/// The day of a moment in Unix seconds, such as *12 March 2026* (UTC).
pub fn day(unix_seconds: u64) -> String {
    let (year, month, day) = date(unix_seconds / DAY);
    let name = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).unwrap_or(&"");
    format!("{day} {name} {year}")
}

/// The same as RFC 3339 has it, with the time.
pub(crate) fn timestamp(unix_seconds: u64) -> String {
    let (year, month, day) = date(unix_seconds / DAY);
    let seconds = unix_seconds % DAY;
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// *1 change*, *14 changes*.
pub(crate) fn changes(number: u64) -> String {
    count(number, "change")
}

/// A number of things whose plural ends in *s*.
pub(crate) fn count(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// *Anna*, *Anna and Ben*, *Anna, Ben and Carys*.
pub(crate) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Year, month and day of a day counted from 1 January 1970 in the Gregorian calendar. Years begin in March here, so that the day
/// that comes and goes is the last.
fn date(days: u64) -> (u64, u64, u64) {
    // From 1 March of the year 0, in eras of 400 years.
    let days = days.min(3_000_000) + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_names() {
        for (seconds, expected) in [
            (0, "1 January 1970"),
            (951_782_399, "28 February 2000"),
            (951_782_400, "29 February 2000"),
            (951_868_800, "1 March 2000"),
            (1_773_273_600, "12 March 2026"),
            (4_107_542_400, "1 March 2100"),
            (u64::MAX, "21 September 10183"),
        ] {
            assert_eq!(day(seconds), expected);
        }
        assert_eq!(timestamp(951_868_799), "2000-02-29T23:59:59Z");
    }

    #[test]
    fn numbers_and_names_are_said_as_people_do() {
        assert_eq!((changes(1), changes(0)), ("1 change".into(), "0 changes".into()));
        let names = ["Anna", "Ben", "Carys"].map(String::from);
        assert_eq!(list(&names[..0]), "");
        assert_eq!(list(&names[..1]), "Anna");
        assert_eq!(list(&names), "Anna, Ben and Carys");
    }
}
