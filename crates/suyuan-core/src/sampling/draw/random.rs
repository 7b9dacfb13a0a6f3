//! Random numbers that anybody can make again: SHA-256 for seeds and permanent numbers, ChaCha20
//! for streams. `docs/draw-protocol.md` writes the steps down with test vectors.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::error::{SamplingError, Subject};

/// Hashes texts so that no two lists of texts give the same bytes: each as its length in bytes,
/// a colon, the bytes, a comma.
pub(crate) fn hash(texts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_string());
        hash.update(":");
        hash.update(text);
        hash.update(",");
    }
    hash.finalize().into()
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// The seed of one stratum's draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// SHA-256 of the protocol's name, the published text, the digest of the frame and the
    /// stratum.
    #[must_use]
    pub fn derive(published: &str, digest: &str, stratum: &str) -> Self {
        Self(hash(&["suyuan-draw-1", published, digest, stratum]))
    }

    /// The 32 bytes themselves, for tests and other protocols.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The seed as 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex(&self.0)
    }
}

/// A stream of random numbers: the ChaCha20 key stream of a seed (block counter of 64 bits from
/// zero, nonce zero), read as little-endian words of 64 bits.
///
/// ```
/// use suyuan_core::sampling::draw::{Seed, Stream};
/// let mut stream = Stream::new(Seed::from_bytes([0; 32]));
/// // RFC 8439, appendix A.1, test vector 1: the key stream starts 76 b8 e0 ad a0 f1 3d 90.
/// assert_eq!(stream.word(), 0x903d_f1a0_ade0_b876);
/// ```
#[derive(Debug)]
pub struct Stream(ChaCha20Rng);

impl Stream {
    /// Starts a stream.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self(ChaCha20Rng::from_seed(seed.0))
    }

    /// The next word.
    pub fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A whole number below `bound`, all equally likely: words from `2^64 - 2^64 mod bound` on are
    /// passed over, and the remainder of the first other one is taken. 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let excess = (u64::MAX % bound + 1) % bound;
        loop {
            let word = self.word();
            if word <= u64::MAX - excess {
                return word % bound;
            }
        }
    }

    /// A number strictly between 0 and 1: see [`unit()`].
    pub fn unit(&mut self) -> f64 {
        unit(self.word())
    }
}

/// A word as a number strictly between 0 and 1: (2 floor(word / 2^12) + 1) / 2^53, exactly.
#[must_use]
pub fn unit(word: u64) -> f64 {
    ((word >> 12) * 2 + 1) as f64 / (1_u64 << 53) as f64
}

/// Permanent random numbers (Ohlsson 1995): each unit keeps one number for as long as a salt
/// lasts, so that draws of different campaigns are coordinated by where they start.
///
/// Two draws with one start overlap as far as they can (a panel); draws whose starts lie apart
/// avoid each other (nobody is bothered twice).
///
/// ```
/// use suyuan_core::sampling::draw::Permanent;
/// let spring = Permanent::new("2026", "0.00")?;
/// let autumn = Permanent::new("2026", "0.50")?;
/// let number = spring.word("SHOP-1");
/// assert_eq!(autumn.word("SHOP-1"), number.wrapping_sub(1 << 63));
/// # Ok::<(), suyuan_core::sampling::SamplingError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permanent {
    /// What the numbers are made with; a new salt gives new numbers.
    pub salt: String,
    /// Where the draw starts on the circle from 0 to 1, as a decimal number.
    pub start: String,
}

impl Permanent {
    /// Numbers of a salt, drawn from a start between 0 and 1.
    ///
    /// # Errors
    /// [`SamplingError::Value`] for a start that is no decimal number from 0 to below 1.
    pub fn new(salt: &str, start: &str) -> Result<Self, SamplingError> {
        let permanent = Self { salt: salt.to_owned(), start: start.to_owned() };
        permanent.offset().map(|_| permanent)
    }

    /// The start as a word: floor(start x 2^64).
    pub(crate) fn offset(&self) -> Result<u64, SamplingError> {
        let expected = "a decimal number from 0 to below 1 with at most 18 decimals";
        let bad = || SamplingError::value("the start", Subject::Whole, &self.start, expected);
        let start: Decimal = self.start.parse().map_err(|_| bad())?;
        let start = start.normalize();
        if start < Decimal::ZERO || start >= Decimal::ONE || start.scale() > 18 {
            return Err(bad());
        }
        let whole = (start.mantissa().unsigned_abs() << 64) / 10_u128.pow(start.scale());
        u64::try_from(whole).map_err(|_| bad())
    }

    /// The unit's number as seen from the start: how far it lies to the right of it, of 2^64. The
    /// number itself is the first 8 bytes, little-endian, of SHA-256 over the protocol's name, the
    /// salt and the code. An unreadable start counts as 0.
    #[must_use]
    pub fn word(&self, code: &str) -> u64 {
        let digest = hash(&["suyuan-permanent-1", &self.salt, code]);
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        u64::from_le_bytes(first).wrapping_sub(self.offset().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_is_uniform_and_within() {
        let mut stream = Stream::new(Seed::from_bytes([7; 32]));
        let mut counts = [0_u32; 6];
        (0..60_000).for_each(|_| counts[stream.below(6) as usize] += 1);
        // Five degrees of freedom: 20.5 is exceeded once in a thousand.
        let chi: f64 = counts.iter().map(|n| (f64::from(*n) - 1e4).powi(2) / 1e4).sum();
        assert!(chi < 20.5, "{counts:?}");
        assert_eq!(stream.below(1), 0);
        assert_eq!(stream.below(0), 0);
        // Half of all words are passed over here.
        assert!((0..99).all(|_| stream.below((1 << 63) + 1) <= 1 << 63));
    }

    #[test]
    fn units_lie_strictly_between() {
        assert_eq!(unit(0), 2.0_f64.powi(-53));
        assert_eq!(unit(u64::MAX), 1.0 - 2.0_f64.powi(-53));
    }

    #[test]
    fn lists_of_texts_are_told_apart() {
        assert_ne!(hash(&["a", "bc"]), hash(&["ab", "c"]));
        assert_eq!(
            hex(&hash(&[])),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn starts_are_read_exactly() {
        let at = |start: &str| Permanent::new("s", start).and_then(|p| p.offset());
        assert_eq!(at("0.5"), Ok(1 << 63));
        assert_eq!(at("0"), Ok(0));
        for bad in ["1", "-0.1", "x", "", "0.1234567890123456789"] {
            assert!(at(bad).is_err(), "{bad}");
        }
    }
}
