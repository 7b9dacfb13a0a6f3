pub(crate) fn parse(_: &[u8], _: &crate::Limits) -> Result<crate::Value, crate::Error> { Err(crate::Error::UnknownFormat) }
pub(crate) fn write(_: &crate::Value) -> Result<String, crate::Error> { Err(crate::Error::UnknownFormat) }
