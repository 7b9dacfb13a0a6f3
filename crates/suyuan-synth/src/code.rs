//! Codes, written into a fixed buffer when a record needs them.

/// A code in the making: ASCII, at most 24 bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Code {
    bytes: [u8; 24],
    len: u8,
}

impl Code {
    /// The code's text.
    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn clear(&mut self) -> &mut Self {
        self.len = 0;
        self
    }

    /// Adds ASCII.
    #[inline]
    pub(crate) fn text(&mut self, text: &[u8]) -> &mut Self {
        let start = usize::from(self.len);
        if let Some(room) = self.bytes.get_mut(start..start + text.len()) {
            room.copy_from_slice(text);
            self.len += text.len() as u8;
        }
        self
    }

    /// Adds the last `DIGITS` digits of a number.
    #[inline]
    pub(crate) fn number<const DIGITS: usize>(&mut self, number: u32) -> &mut Self {
        self.text(&digits::<DIGITS>(number))
    }
}

/// The last `N` digits of a number.
#[inline]
pub(crate) fn digits<const N: usize>(mut number: u32) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    digits
}

/// The characters of a unified social credit code, by value.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 3^i mod 31.
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// The unified social credit code of an operator: 91 (an enterprise) or 92 (a household), the
/// county's division code, nine digits of its number and the check character of GB 32100-2015.
#[inline]
pub(crate) fn credit_code(code: &mut Code, household: bool, county_code: u32, number: u32) {
    code.clear().text(if household { b"92" } else { b"91" });
    code.number::<6>(county_code).number::<9>(number);
    let values = code.bytes.iter().zip(WEIGHTS);
    let sum: u32 = values.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = ALPHABET[((31 - sum % 31) % 31) as usize];
    code.text(&[check]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use suyuan_core::model::check_credit_code;

    #[test]
    fn credit_codes_have_the_right_check_character() {
        let mut code = Code::default();
        for number in (0..3_000_000).step_by(7919) {
            credit_code(&mut code, number % 2 == 0, 370_202 + number % 8, number);
            assert_eq!(check_credit_code(code.as_str()), Ok(true), "{}", code.as_str());
        }
    }

    #[test]
    fn numbers_keep_their_last_digits() {
        let mut code = Code::default();
        code.text(b"Y").number::<4>(1_234_567).number::<3>(9);
        assert_eq!(code.as_str(), "Y4567009");
    }
}
