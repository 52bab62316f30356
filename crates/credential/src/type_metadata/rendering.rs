//! How to draw a credential (draft-ietf-oauth-sd-jwt-vc-19 section 5.5.1).
//!
//! Images and templates come from strangers. An SVG template may carry scripts and addresses: draw it where
//! neither can do anything, and fill in claims only as escaped text (section 5.5.1.2).

use serde_json::{Map, Value};

use crate::check::{Check, Refusal};
use crate::type_metadata::document::optional_text;
use crate::type_metadata::integrity::Integrity;

/// The ways to draw a credential that we know; unknown ones are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendering {
    /// A card with colours and a logo.
    pub simple: Option<SimpleRendering>,
    /// Pictures with places for claims.
    pub svg_templates: Vec<SvgTemplate>,
}

/// A card with colours and a logo.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SimpleRendering {
    /// The logo.
    pub logo: Option<Resource>,
    /// A text that stands for the logo.
    pub logo_alt_text: Option<String>,
    /// The picture behind everything.
    pub background_image: Option<Resource>,
    /// The colour behind everything.
    pub background_colour: Option<RgbColour>,
    /// The colour of the text.
    pub text_colour: Option<RgbColour>,
}

/// A picture with places for claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SvgTemplate {
    /// Where it is.
    pub resource: Resource,
    /// The shape of screen it is made for.
    pub orientation: Option<Orientation>,
    /// The colours of screen it is made for.
    pub colour_scheme: Option<ColourScheme>,
    /// The contrast it is made for.
    pub contrast: Option<Contrast>,
}

/// Upright or on its side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orientation {
    /// Upright.
    Portrait,
    /// On its side.
    Landscape,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColourScheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Normal or high.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contrast {
    /// Normal.
    Normal,
    /// High.
    High,
}

/// Something to fetch from an https address, or contained in a `data:` URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    uri: String,
    integrity: Option<Integrity>,
}

/// A colour, eight bits for each of red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RgbColour {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

impl Rendering {
    pub(super) fn from_json(json: &Value) -> Result<Self, Refusal> {
        let members = object(json)?;
        let simple = members.get("simple").map(SimpleRendering::from_json).transpose()?;
        let svg_templates = match members.get("svg_templates") {
            None => Vec::new(),
            Some(Value::Array(templates)) => {
                // Section 5.5.1.2: `properties` is "REQUIRED if more than one SVG template is present".
                let several = templates.len() > 1;
                templates
                    .iter()
                    .map(|json| SvgTemplate::from_json(json, several))
                    .collect::<Result<_, _>>()?
            }
            Some(_) => return Err(Check::TypeRendering.refuse()),
        };
        Ok(Self { simple, svg_templates })
    }
}

impl SimpleRendering {
    fn from_json(json: &Value) -> Result<Self, Refusal> {
        let members = object(json)?;
        let logo = members.get("logo").map(object).transpose()?;
        let logo_alt_text = match logo {
            None => None,
            Some(logo) => optional_text(logo, "alt_text", Check::TypeRendering)?,
        };
        let background = members.get("background_image").map(object).transpose()?;
        Ok(Self {
            logo: logo.map(Resource::from_members).transpose()?,
            logo_alt_text,
            background_image: background.map(Resource::from_members).transpose()?,
            background_colour: colour(members, "background_color")?,
            text_colour: colour(members, "text_color")?,
        })
    }
}

impl SvgTemplate {
    fn from_json(json: &Value, several: bool) -> Result<Self, Refusal> {
        let members = object(json)?;
        let resource = Resource::from_members(members)?;
        let mut template = Self { resource, orientation: None, colour_scheme: None, contrast: None };
        let Some(properties) = members.get("properties") else {
            return if several { Err(Check::TypeRendering.refuse()) } else { Ok(template) };
        };
        let properties = object(properties)?;
        let landscape = one_of(properties, "orientation", "portrait", "landscape")?;
        template.orientation =
            landscape.map(|yes| if yes { Orientation::Landscape } else { Orientation::Portrait });
        let dark = one_of(properties, "color_scheme", "light", "dark")?;
        template.colour_scheme = dark.map(|yes| if yes { ColourScheme::Dark } else { ColourScheme::Light });
        let high = one_of(properties, "contrast", "normal", "high")?;
        template.contrast = high.map(|yes| if yes { Contrast::High } else { Contrast::Normal });
        // Section 5.5.1.2.1: "The object MUST contain at least one of the following properties".
        if landscape.or(dark).or(high).is_none() {
            return Err(Check::TypeRendering.refuse());
        }
        Ok(template)
    }
}

impl Resource {
    fn from_members(members: &Map<String, Value>) -> Result<Self, Refusal> {
        let check = Check::TypeRendering;
        let uri = optional_text(members, "uri", check)?.filter(|uri| may_be_fetched(uri));
        let integrity = optional_text(members, "uri#integrity", check)?;
        let integrity = integrity.map(|text| Integrity::parse(&text)).transpose()?;
        Ok(Self { uri: uri.ok_or_else(|| check.refuse())?, integrity })
    }

    /// Its address: `https:` or `data:`.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Refuses octets that are not those that the type means.
    ///
    /// # Errors
    ///
    /// If it has integrity metadata and they do not match ([`Check::TypeIntegrity`]).
    pub fn require(&self, octets: &[u8]) -> Result<(), Refusal> {
        self.integrity.as_ref().map_or(Ok(()), |integrity| integrity.require(octets))
    }
}

/// Section 5.5.1: a `uri` "MUST be either HTTPS URLs or `data:` URIs".
fn may_be_fetched(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return false;
    };
    let host =
        rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#']));
    let known = (scheme.eq_ignore_ascii_case("https") && host)
        || (scheme.eq_ignore_ascii_case("data") && rest.contains(','));
    known && uri.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\'))
}

impl RgbColour {
    /// Reads an RGB colour of CSS Color Level 3 section 4.2.1: `#rgb`, `#rrggbb`, or `rgb(…)` with three
    /// integers or three percentages, which are held to their range. Names and transparency are not RGB values.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t', '\n', '\r', '\x0c']);
        let [red, green, blue] = match text.strip_prefix('#') {
            Some(digits) => Self::from_hex(digits)?,
            None => Self::from_function(text)?,
        };
        Some(Self { red, green, blue })
    }

    fn from_hex(digits: &str) -> Option<[u8; 3]> {
        let digits: Option<Vec<u8>> =
            digits.chars().map(|digit| digit.to_digit(16).and_then(|digit| digit.try_into().ok())).collect();
        match digits?.as_slice() {
            [r, g, b] => Some([r * 17, g * 17, b * 17]),
            [r1, r2, g1, g2, b1, b2] => Some([r1 * 16 + r2, g1 * 16 + g2, b1 * 16 + b2]),
            _ => None,
        }
    }

    fn from_function(text: &str) -> Option<[u8; 3]> {
        let (name, rest) = text.split_once('(')?;
        let mut parts = rest.strip_suffix(')')?.split(',').map(str::trim);
        let three = [parts.next()?, parts.next()?, parts.next()?];
        if !name.eq_ignore_ascii_case("rgb") || parts.next().is_some() {
            return None;
        }
        let percentages = three.iter().filter(|part| part.ends_with('%')).count();
        let [r, g, b] = three.map(|part| match percentages {
            0 => integer(part),
            3 => percentage(part),
            _ => None,
        });
        Some([r?, g?, b?])
    }
}

/// A CSS integer, held to 0 to 255.
fn integer(text: &str) -> Option<u8> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value = digits.parse::<u32>().ok()?.min(255);
    if text.starts_with('-') { Some(0) } else { value.try_into().ok() }
}

/// A CSS percentage, held to 0% to 100%, where 100% is 255.
fn percentage(text: &str) -> Option<u8> {
    let number = text.strip_suffix('%')?;
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let digits_only = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if number.len() > 16 || !(whole.is_empty() || digits_only(whole)) || !digits_only(part) {
        return None;
    }
    let value = (number.parse::<f64>().ok()?.clamp(0.0, 100.0) * 2.55).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held to 0 to 255 above")]
    Some(value as u8)
}

fn colour(members: &Map<String, Value>, name: &str) -> Result<Option<RgbColour>, Refusal> {
    match optional_text(members, name, Check::TypeRendering)? {
        None => Ok(None),
        Some(text) => RgbColour::parse(&text).map(Some).ok_or_else(|| Check::TypeRendering.refuse()),
    }
}

/// Which of two values a member has: `false` for the first, `true` for the second.
fn one_of(
    members: &Map<String, Value>,
    name: &str,
    first: &str,
    second: &str,
) -> Result<Option<bool>, Refusal> {
    match optional_text(members, name, Check::TypeRendering)? {
        None => Ok(None),
        Some(value) if value == first => Ok(Some(false)),
        Some(value) if value == second => Ok(Some(true)),
        Some(_) => Err(Check::TypeRendering.refuse()),
    }
}

fn object(json: &Value) -> Result<&Map<String, Value>, Refusal> {
    json.as_object().ok_or_else(|| Check::TypeRendering.refuse())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn colours_are_those_of_css() {
        let rgb = |red, green, blue| Some(RgbColour { red, green, blue });
        for (text, colour) in [
            ("#C7E8EE", rgb(0xc7, 0xe8, 0xee)),
            ("#fb0", rgb(0xff, 0xbb, 0x00)),
            ("rgb(255,0,51)", rgb(255, 0, 51)),
            ("RGB( 300 , -10, +7 )", rgb(255, 0, 7)),
            ("rgb(100%, 0%, 20%)", rgb(255, 0, 51)),
            ("rgb(.5%, -3.5%, 110%)", rgb(1, 0, 255)),
            (" #000000 ", rgb(0, 0, 0)),
        ] {
            assert_eq!(RgbColour::parse(text), colour, "{text}");
        }
    }

    #[test]
    fn tm_07_what_is_no_colour_is_refused() {
        for text in [
            "",
            "#",
            "#12",
            "#1234",
            "#12345",
            "#1234567",
            "#12345678",
            "#ggg",
            "red",
            "transparent",
            "rgb()",
            "rgb(1,2)",
            "rgb(1,2,3,4)",
            "rgb(1%,2,3)",
            "rgb(1.5,2,3)",
            "rgba(1,2,3,0)",
            "hsl(1,2%,3%)",
            "rgb(1,2,3",
            "rgb(1,2,3);x:y",
            "url(https://example.com)",
            "rgb(,,)",
            "rgb(%,%,%)",
            "rgb(1e2%,0%,0%)",
            "rgb(inf%,0%,0%)",
            "rgb(1.%,0%,0%)",
            "#\u{ff11}23",
            "rgb(- 1,2,3)",
        ] {
            assert_eq!(RgbColour::parse(text), None, "TM-07 {text}");
            let json = json!({"simple": {"text_color": text}});
            assert_eq!(Rendering::from_json(&json).unwrap_err().check, Check::TypeRendering, "TM-07 {text}");
        }
    }

    #[test]
    fn everything_that_is_known_is_read() {
        let json = json!({
            "simple": {
                "logo": {"uri": "https://example.com/l.png", "uri#integrity": "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", "alt_text": "Logo"},
                "background_image": {"uri": "data:image/png;base64,AAAA"},
                "background_color": "#fff", "text_color": "#000000", "font": "x"
            },
            "svg_templates": [
                {"uri": "https://example.com/1.svg", "properties": {"orientation": "landscape", "color_scheme": "dark", "contrast": "high"}},
                {"uri": "HTTPS://example.com/2.svg", "properties": {"contrast": "normal"}}
            ],
            "hologram": 1
        });
        let rendering = Rendering::from_json(&json).unwrap();
        let simple = rendering.simple.unwrap();
        let logo = simple.logo.unwrap();
        assert_eq!(
            (logo.uri(), simple.logo_alt_text.as_deref()),
            ("https://example.com/l.png", Some("Logo"))
        );
        assert_eq!(logo.require(b"abc"), Ok(()));
        assert_eq!(logo.require(b"abd").unwrap_err().check, Check::TypeIntegrity, "TM-04");
        assert_eq!(simple.background_image.unwrap().require(b"anything"), Ok(()));
        assert_eq!(simple.text_colour, Some(RgbColour { red: 0, green: 0, blue: 0 }));
        let [first, second] = rendering.svg_templates.as_slice() else { panic!("two templates") };
        assert_eq!(first.orientation, Some(Orientation::Landscape));
        assert_eq!((first.colour_scheme, first.contrast), (Some(ColourScheme::Dark), Some(Contrast::High)));
        assert_eq!((second.orientation, second.contrast), (None, Some(Contrast::Normal)));
        assert_eq!(Rendering::from_json(&json!({})), Ok(Rendering::default()));
    }

    #[test]
    fn tm_07_other_forms_are_refused() {
        let svg = |value: Value| json!({"svg_templates": value});
        let uri = "https://example.com/1.svg";
        for json in [
            json!([]),
            json!(null),
            json!({"simple": null}),
            json!({"simple": {"logo": "https://example.com/l.png"}}),
            json!({"simple": {"logo": {}}}),
            json!({"simple": {"logo": {"uri": uri, "alt_text": 1}}}),
            json!({"simple": {"logo": {"uri": uri, "uri#integrity": 1}}}),
            json!({"simple": {"background_image": {"uri": 7}}}),
            json!({"simple": {"text_color": 0}}),
            svg(json!({})),
            svg(json!([uri])),
            svg(json!([{}])),
            svg(json!([{"uri": uri, "properties": {}}])),
            svg(json!([{"uri": uri, "properties": {"size": "big"}}])),
            svg(json!([{"uri": uri, "properties": {"orientation": "Landscape"}}])),
            svg(json!([{"uri": uri, "properties": {"contrast": true}}])),
            svg(json!([{"uri": uri}, {"uri": uri, "properties": {"contrast": "high"}}])),
        ] {
            assert_eq!(Rendering::from_json(&json).unwrap_err().check, Check::TypeRendering, "TM-07 {json}");
        }
        for uri in [
            "http://example.com",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "//example.com",
            "https:",
            "https://",
            "https:///x",
            "https://a b",
            "data:x",
            "https://a\"onload=x",
            "",
            "blob:https://x",
        ] {
            let json = json!({"simple": {"logo": {"uri": uri}}});
            assert_eq!(Rendering::from_json(&json).unwrap_err().check, Check::TypeRendering, "TM-07 {uri}");
        }
    }
}
