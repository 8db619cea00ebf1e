//! A `dongbo://` link: what an invitation, a request for a reset and its answer are written as.

use url::Url;

use crate::limits::LINK_BYTES_MAX;

/// A link of ours with this word, taken apart.
pub(crate) struct Link(Url);

impl Link {
    /// Reads a link; `None` if it is another one.
    pub(crate) fn parse(text: &str, word: &str) -> Option<Self> {
        let text = text.trim();
        let url = (text.len() <= LINK_BYTES_MAX).then(|| Url::parse(text).ok())??;
        (url.scheme() == "dongbo" && url.host_str() == Some(word)).then_some(Self(url))
    }

    /// A part, which must be there once; else what is wrong with it.
    pub(crate) fn part(&self, name: &str) -> Result<String, &'static str> {
        let mut values = self.0.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let value = values.next().filter(|value| !value.is_empty()).ok_or("missing")?;
        if values.next().is_some() { Err("there twice") } else { Ok(value) }
    }
}

/// Writes a link.
pub(crate) fn write(word: &str, parts: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parts);
    format!("dongbo://{word}?{}", query.finish())
}
