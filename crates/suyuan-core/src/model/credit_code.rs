//! Unified social credit codes (统一社会信用代码), GB 32100-2015.

/// The 31 characters a code is written in; a character's position is its value.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// What is wrong with a text of the shape of a unified social credit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CreditCodeError {
    /// A character outside the standard's alphabet (I, O, S, V and Z are not used).
    #[error("character {0} is not used in unified social credit codes")]
    Character(char),
    /// The check character does not fit the other seventeen.
    #[error("the check character is {found}, expected {expected}")]
    Check {
        /// The one that fits.
        expected: char,
        /// The one written.
        found: char,
    },
}

/// Checks an operator code that has the shape of a unified social credit code: 18 ASCII letters
/// and digits. `Ok(false)` for any other shape, `Ok(true)` for a sound code.
///
/// The check character is 31 - (sum of value(i) x 3^i mod 31) mod 31, i = 0 to 16
/// (GB 32100-2015, clause 4.2.5 and annex A; weights of GB/T 17710 MOD 31-3).
///
/// # Errors
/// [`CreditCodeError`] when a character is not used in such codes or the check character is wrong.
///
/// ```
/// use suyuan_core::model::check_credit_code;
/// assert_eq!(check_credit_code("91350100M000100Y43"), Ok(true));
/// assert!(check_credit_code("91350100M000100Y44").is_err());
/// assert_eq!(check_credit_code("F001"), Ok(false));
/// ```
pub fn check_credit_code(code: &str) -> Result<bool, CreditCodeError> {
    let bytes = code.as_bytes();
    if bytes.len() != 18 || !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return Ok(false);
    }
    let mut sum = 0;
    let mut weight = 1;
    for byte in &bytes[..17] {
        sum += value(*byte)? * weight;
        weight = weight * 3 % 31;
    }
    value(bytes[17])?;
    let expected = ALPHABET[(31 - sum % 31) % 31];
    if bytes[17].eq_ignore_ascii_case(&expected) {
        Ok(true)
    } else {
        Err(CreditCodeError::Check { expected: expected.into(), found: bytes[17].into() })
    }
}

fn value(byte: u8) -> Result<usize, CreditCodeError> {
    let upper = byte.to_ascii_uppercase();
    ALPHABET
        .iter()
        .position(|known| *known == upper)
        .ok_or(CreditCodeError::Character(char::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_single_wrong_character_is_noticed() {
        let sound = "91350100M000100Y43";
        for place in 0..18 {
            for wrong in ALPHABET {
                let mut bytes = sound.as_bytes().to_vec();
                if bytes[place] == *wrong {
                    continue;
                }
                bytes[place] = *wrong;
                assert!(check_credit_code(std::str::from_utf8(&bytes).unwrap()).is_err());
            }
        }
        assert_eq!(check_credit_code("9135010OM000100Y43"), Err(CreditCodeError::Character('O')));
    }
}
