//! Values as CSV fields, without floating point and without allocating for each.

use csv::ByteRecord;
use rust_decimal::Decimal;
use suyuan_core::quantity::Unit;
use suyuan_core::time::{DAY, Minute, Span};

use chrono::Datelike;

/// A row in the making.
#[derive(Debug)]
pub(crate) struct Cells {
    pub(crate) row: ByteRecord,
    /// The last dates written, by day modulo the length.
    dates: [(i32, [u8; 10]); 64],
}

impl Default for Cells {
    fn default() -> Self {
        Self { row: ByteRecord::new(), dates: [(i32::MIN, [0; 10]); 64] }
    }
}

impl Cells {
    pub(crate) fn begin(&mut self) -> &mut Self {
        self.row.clear();
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.row.push_field(text.as_bytes());
        self
    }

    pub(crate) fn count(&mut self, count: Option<u64>) -> &mut Self {
        match count {
            Some(count) => self.whole(count, 0),
            None => self.text(""),
        }
    }

    /// A number without trailing zeros after the point; empty for none.
    pub(crate) fn decimal(&mut self, number: Option<Decimal>) -> &mut Self {
        match number {
            None => self.text(""),
            Some(number) => match u64::try_from(number.mantissa()) {
                Ok(mantissa) => self.whole(mantissa, number.scale()),
                // Longer or negative ones are never generated; others may write what they like.
                Err(_) => self.text(&number.normalize().to_string()),
            },
        }
    }

    /// `mantissa` over 10 to the `scale`.
    fn whole(&mut self, mut mantissa: u64, mut scale: u32) -> &mut Self {
        while scale > 0 && mantissa.is_multiple_of(10) {
            mantissa /= 10;
            scale -= 1;
        }
        // Twenty digits, a point, and zeros before a small fraction.
        let mut text = [b'0'; 64];
        let mut start = text.len();
        let mut written = 0;
        while mantissa > 0 || written <= scale {
            if written == scale && scale > 0 {
                start -= 1;
                text[start] = b'.';
            }
            start -= 1;
            text[start] = b'0' + (mantissa % 10) as u8;
            mantissa /= 10;
            written += 1;
        }
        self.row.push_field(text.get(start..).unwrap_or_default());
        self
    }

    pub(crate) fn quantity(&mut self, quantity: Option<Decimal>, unit: Option<Unit>) -> &mut Self {
        self.decimal(quantity).text(unit.map_or("", Unit::symbol))
    }

    /// A minute, a day or a month; empty for anything else. An exact midnight has its offset: as a
    /// time without one it would be read as the day.
    pub(crate) fn time(&mut self, span: Span) -> &mut Self {
        let Span { earliest, latest } = span;
        if !earliest.is_bounded() || !latest.is_bounded() {
            return self.text("");
        }
        let date = self.date(earliest);
        if earliest == latest {
            let of_day = earliest.minutes().rem_euclid(DAY);
            let mut text = *b"YYYY-MM-DDTHH:MM+08:00";
            text[..10].copy_from_slice(&date);
            text[11..13].copy_from_slice(&two(of_day / 60));
            text[14..16].copy_from_slice(&two(of_day % 60));
            self.row.push_field(if of_day == 0 { &text } else { &text[..16] });
        } else if latest.minutes() - earliest.minutes() == DAY - 1 {
            self.row.push_field(&date);
        } else {
            self.row.push_field(&date[..7]);
        }
        self
    }

    fn date(&mut self, minute: Minute) -> [u8; 10] {
        let day = minute.minutes().div_euclid(DAY);
        let (known, text) = &mut self.dates[day.rem_euclid(64) as usize];
        if *known != day
            && let Some(date) = minute.date()
        {
            *known = day;
            *text = *b"YYYY-MM-DD";
            let year = date.year();
            text[..2].copy_from_slice(&two(year / 100));
            text[2..4].copy_from_slice(&two(year % 100));
            text[5..7].copy_from_slice(&two(date.month() as i32));
            text[8..].copy_from_slice(&two(date.day() as i32));
        }
        *text
    }
}

/// Two digits.
fn two(number: i32) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;
    use suyuan_core::time::UtcOffset;

    fn cell(write: impl FnOnce(&mut Cells) -> &mut Cells) -> String {
        let mut cells = Cells::default();
        write(cells.begin());
        String::from_utf8(cells.row[0].to_vec()).unwrap()
    }

    #[test]
    fn numbers_are_written_as_decimals_write_them() {
        let numbers =
            [(0, 0), (5, 0), (10, 0), (12_300, 3), (1, 6), (1_000_000, 6), (1_000_001, 6), (50, 2)];
        for (mantissa, scale) in numbers {
            let number = Decimal::new(mantissa, scale);
            let text = cell(|cells| cells.decimal(Some(number)));
            assert_eq!(text, number.normalize().to_string());
        }
        let negative = Decimal::new(-15, 1);
        assert_eq!(cell(|cells| cells.decimal(Some(negative))), "-1.5");
        assert_eq!(cell(|cells| cells.count(Some(u64::MAX))), u64::MAX.to_string());
    }

    #[test]
    fn times_are_read_back() {
        for text in
            ["2026-03-01T08:30", "2026-03-01", "2026-02", "1969-12-31T23:59", "2400-02-29", ""]
                .into_iter()
                .chain(["2026-03-01T00:00+08:00", "2026-03-01T00:01"])
        {
            let span = Span::parse(text, UtcOffset::CHINA).unwrap();
            assert_eq!(cell(|cells| cells.time(span)), text);
        }
    }
}
