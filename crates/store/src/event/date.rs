//! Dates of the calendar, as people are born on them.

use std::fmt;
use std::str::FromStr;

use crate::wire::{Reader, WireError, Writer};

/// A day of the Gregorian calendar between the years 1 and 9999: `full-date` of RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// Not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date: write it as year, month and day, such as 2014-09-01")]
pub struct DateError;

impl Date {
    /// The day of this year, month and day of the month, each from 1.
    ///
    /// # Errors
    ///
    /// If there is no such day.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        let exists = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_of_month(year, month)).contains(&day);
        if exists { Ok(Self { year, month, day }) } else { Err(DateError) }
    }

    /// The Unix time at which the day `years` later begins (UTC): a birthday. Whoever was born on 29 February has it on 1 March
    /// of years without that day.
    pub fn birthday(self, years: u16) -> i64 {
        days_since_1970(i64::from(self.year) + i64::from(years), self.month.into(), self.day.into()) * 86_400
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        reader.text(10)?.parse().map_err(|_| WireError::Expected("a date"))
    }

    pub(crate) fn encode(self, w: &mut Writer) {
        w.text(&self.to_string());
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let [year @ .., b'-', _, _, b'-', _, _] = text.as_bytes() else { return Err(DateError) };
        let [.., m1, m2, _, d1, d2] = text.as_bytes() else { return Err(DateError) };
        if year.len() != 4 {
            return Err(DateError);
        }
        let (year, month, day) = (number(year)?, number(&[*m1, *m2])?, number(&[*d1, *d2])?);
        Self::new(
            year,
            u8::try_from(month).map_err(|_| DateError)?,
            u8::try_from(day).map_err(|_| DateError)?,
        )
    }
}

fn number(digits: &[u8]) -> Result<u16, DateError> {
    digits.iter().try_fold(0, |number, digit| match digit {
        b'0'..=b'9' => Ok(number * 10 + u16::from(digit - b'0')),
        _ => Err(DateError),
    })
}

fn days_of_month(year: u16, month: u8) -> u8 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1 January 1970 in the proleptic Gregorian calendar; 29 February counts as 1 March where there is none.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that the day that comes and goes is the last.
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn birthdays_begin_at_midnight() {
        assert_eq!(date("1970-01-01").birthday(0), 0);
        assert_eq!(date("2000-02-29").birthday(0), 951_782_400);
        assert_eq!(date("2000-02-29").birthday(18), date("2000-03-01").birthday(18));
        assert_eq!(date("2008-09-01").birthday(18), 1_788_220_800);
        assert_eq!(date("1969-12-31").birthday(0), -86_400);
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for wrong in [
            "",
            "2014-9-1",
            "2014-02-29",
            "2100-02-29",
            "2014-13-01",
            "2014-00-10",
            "2014-04-31",
            "0000-01-01",
        ] {
            assert_eq!(wrong.parse::<Date>(), Err(DateError), "{wrong}");
        }
        for wrong in ["2014/09/01", "2014-09-0é", "+014-09-01", "2014-09-011", "2014-09-00"] {
            assert_eq!(wrong.parse::<Date>(), Err(DateError), "{wrong}");
        }
        assert_eq!(date("2400-02-29").to_string(), "2400-02-29");
    }
}
