//! Colours and sizes of the look, once for the window and for files.
//!
//! Every theme is held to a contrast of 4.5 for text and 3 for graphics by the tests below. No other
//! module names a colour.

use crate::model::NodeKind;

/// A colour in sRGB with straight alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Color {
    pub r: u8,
    pub g: u8,
    pub b: u8,
    pub a: u8,
}

impl Color {
    pub const TRANSPARENT: Self = Self { r: 0, g: 0, b: 0, a: 0 };

    /// From `0xRRGGBB`, opaque.
    pub const fn hex(rgb: u32) -> Self {
        Self { r: (rgb >> 16) as u8, g: (rgb >> 8) as u8, b: rgb as u8, a: 255 }
    }

    /// The same colour with its alpha multiplied by `opacity` (0 to 1).
    #[must_use]
    pub fn faded(self, opacity: f32) -> Self {
        Self { a: (f32::from(self.a) * opacity.clamp(0.0, 1.0)).round() as u8, ..self }
    }

    /// What is seen when this is painted over an opaque `ground`.
    #[must_use]
    pub fn over(self, ground: Self) -> Self {
        let alpha = f32::from(self.a) / 255.0;
        let mix = |top: u8, below: u8| {
            (f32::from(top) * alpha + f32::from(below) * (1.0 - alpha)).round() as u8
        };
        Self {
            r: mix(self.r, ground.r),
            g: mix(self.g, ground.g),
            b: mix(self.b, ground.b),
            a: 255,
        }
    }

    /// Relative luminance, 0 to 1, as WCAG 2.2 defines it.
    pub fn luminance(self) -> f32 {
        let linear = |channel: u8| {
            let c = f32::from(channel) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.r) + 0.7152 * linear(self.g) + 0.0722 * linear(self.b)
    }

    /// Contrast ratio of two opaque colours, 1 to 21, as WCAG 2.2 defines it.
    pub fn contrast(self, other: Self) -> f32 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

/// Which theme.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ThemeName {
    #[default]
    Dark,
    Light,
    /// For a bright room: black on white, strong lines.
    Projector,
}

impl ThemeName {
    pub const ALL: &[Self] = &[Self::Dark, Self::Light, Self::Projector];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Projector => "projector",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Dark => "Dark",
            Self::Light => "Light",
            Self::Projector => "Projector",
        }
    }
}

/// How many owner colours a theme has; beyond that they repeat, and the two letters tell.
pub const OWNER_COLORS: usize = 8;

/// How many hues stand for kinds; icon and shape tell those of one hue apart.
const KIND_HUES: usize = 8;

/// All colours of one theme.
#[derive(Debug, PartialEq, Eq)]
pub struct Theme {
    pub name: ThemeName,
    pub canvas: Color,
    pub panel: Color,
    pub raised: Color,
    pub hairline: Color,
    /// The border of a card: a graphic that must be seen, unlike a hairline.
    pub border: Color,
    pub text: Color,
    pub secondary: Color,
    /// Selection and focus.
    pub accent: Color,
    /// An ordinary link, before its opacity.
    pub link: Color,
    /// Low to high, monotone in lightness.
    pub debt: [Color; 4],
    /// What is lower and what is higher than a baseline: the ends of a scale whose middle is the panel.
    pub lower: Color,
    pub higher: Color,
    pub loops: Color,
    pub error: Color,
    pub warning: Color,
    pub note: Color,
    pub open: Color,
    hues: [Color; KIND_HUES],
    owners: [Color; OWNER_COLORS],
}

impl Theme {
    pub fn of(name: ThemeName) -> &'static Self {
        match name {
            ThemeName::Dark => &DARK,
            ThemeName::Light => &LIGHT,
            ThemeName::Projector => &PROJECTOR,
        }
    }

    pub const fn is_dark(&self) -> bool {
        matches!(self.name, ThemeName::Dark)
    }

    /// The hue of a kind: Okabe–Ito, toned to the theme. Kinds of one family share it.
    pub const fn kind(&self, kind: NodeKind) -> Color {
        let hue = match kind {
            NodeKind::Source | NodeKind::Surface => 0,
            NodeKind::Dataset => 1,
            NodeKind::Signal => 2,
            NodeKind::Model => 3,
            NodeKind::Prediction => 4,
            NodeKind::Threshold | NodeKind::Action => 5,
            NodeKind::Consumer | NodeKind::Monitor | NodeKind::Test => 6,
            NodeKind::Job
            | NodeKind::Config
            | NodeKind::Flag
            | NodeKind::Package
            | NodeKind::ControlPlane
            | NodeKind::Team => 7,
        };
        self.hues[hue]
    }

    /// What a card is painted on.
    pub const fn card_ground(&self) -> Color {
        match self.name {
            ThemeName::Dark => self.raised,
            _ => self.panel,
        }
    }

    /// The line around a card. In the light themes a card differs from the canvas by it alone.
    pub fn card_edge(&self) -> Color {
        match self.name {
            ThemeName::Dark => self.border.faded(0.6).over(self.canvas),
            ThemeName::Light => self.border.faded(0.7).over(self.canvas),
            ThemeName::Projector => self.border,
        }
    }

    /// What a badge is painted on.
    pub const fn badge_ground(&self) -> Color {
        match self.name {
            ThemeName::Dark => self.hairline,
            _ => self.raised,
        }
    }

    /// What the frame of a group at this depth is painted on: every second one a shade off the canvas.
    pub fn frame_ground(&self, depth: u32) -> Color {
        let shade =
            if self.is_dark() { self.panel } else { self.raised.faded(0.55).over(self.canvas) };
        if depth.is_multiple_of(2) { shade } else { self.canvas }
    }

    /// The line around the frame of a group.
    pub const fn frame_edge(&self) -> Color {
        self.hairline
    }

    /// Opacity of an ordinary link; a bright room needs all of it.
    pub const fn calm_link(&self, opacity: f32) -> f32 {
        match self.name {
            ThemeName::Projector => 0.8,
            _ => opacity,
        }
    }

    /// The colour of an owner, by a stable hash of its id.
    pub const fn owner(&self, hash: u64) -> Color {
        self.owners[(hash % OWNER_COLORS as u64) as usize]
    }

    /// The debt scale as a mark on a card: from where it is seen on every ground.
    pub fn debt_mark(&self, share: f32) -> Color {
        let start = if self.is_dark() { 0.42 } else { 0.56 };
        self.debt_at(start + (1.0 - start) * share.clamp(0.0, 1.0))
    }

    /// The ground of something that is `share` (−1 to 1) of the way to lower or higher than a baseline.
    pub fn diverging(&self, share: f32) -> Color {
        let end = if share < 0.0 { self.lower } else { self.higher };
        end.faded(share.abs()).over(self.panel)
    }

    /// The debt scale at `share` (0 to 1), between its four stops.
    pub fn debt_at(&self, share: f32) -> Color {
        let place = share.clamp(0.0, 1.0) * (self.debt.len() - 1) as f32;
        let low = (place.floor() as usize).min(self.debt.len() - 2);
        self.debt[low + 1].faded(place - low as f32).over(self.debt[low])
    }
}

static DARK: Theme = Theme {
    name: ThemeName::Dark,
    canvas: Color::hex(0x0F1318),
    panel: Color::hex(0x151A21),
    raised: Color::hex(0x1C232C),
    hairline: Color::hex(0x2B3540),
    border: Color::hex(0x66737F),
    text: Color::hex(0xE7ECF1),
    secondary: Color::hex(0x9DAAB7),
    accent: Color::hex(0x58B7FF),
    link: Color::hex(0xB4C0CC),
    debt: [Color::hex(0x2B3540), Color::hex(0x8A5A2B), Color::hex(0xE08A2E), Color::hex(0xFFD166)],
    lower: Color::hex(0x1D69BD),
    higher: Color::hex(0xAB4C13),
    loops: Color::hex(0xF06BB8),
    error: Color::hex(0xFF6B61),
    warning: Color::hex(0xF2B23E),
    note: Color::hex(0x7FB2E5),
    open: Color::hex(0x8793A0),
    hues: [
        Color::hex(0x2FBF93),
        Color::hex(0x5B9CE6),
        Color::hex(0x6CC7F2),
        Color::hex(0xF0AE2B),
        Color::hex(0xF0803C),
        Color::hex(0xDE92BE),
        Color::hex(0xE8DD5A),
        Color::hex(0xA7B4C0),
    ],
    owners: [
        Color::hex(0x4FA8E8),
        Color::hex(0xE8A13A),
        Color::hex(0x35B58C),
        Color::hex(0xD98AB8),
        Color::hex(0xE07A4A),
        Color::hex(0x9C8CE0),
        Color::hex(0xC9BE55),
        Color::hex(0x62BFC4),
    ],
};

static LIGHT: Theme = Theme {
    name: ThemeName::Light,
    canvas: Color::hex(0xF6F7F9),
    panel: Color::hex(0xFFFFFF),
    raised: Color::hex(0xEEF1F4),
    hairline: Color::hex(0xD5DBE1),
    border: Color::hex(0x808B96),
    text: Color::hex(0x171C22),
    secondary: Color::hex(0x55616D),
    accent: Color::hex(0x0B6BCB),
    link: Color::hex(0x47525D),
    debt: [Color::hex(0xE6E1D8), Color::hex(0xE0A45C), Color::hex(0xC4541D), Color::hex(0x7A1F0A)],
    lower: Color::hex(0x4C8FDB),
    higher: Color::hex(0xD57C22),
    loops: Color::hex(0xB0246F),
    error: Color::hex(0xB3261E),
    warning: Color::hex(0x8A5A00),
    note: Color::hex(0x1F5FA8),
    open: Color::hex(0x5B6670),
    hues: [
        Color::hex(0x007A5A),
        Color::hex(0x0062A3),
        Color::hex(0x1F86BF),
        Color::hex(0xB07400),
        Color::hex(0xC04F00),
        Color::hex(0xA8457D),
        Color::hex(0x7D7000),
        Color::hex(0x5B6670),
    ],
    owners: LIGHT_OWNERS,
};

const LIGHT_OWNERS: [Color; OWNER_COLORS] = [
    Color::hex(0x1E78C2),
    Color::hex(0xAD6F00),
    Color::hex(0x00805E),
    Color::hex(0xAD4682),
    Color::hex(0xBD4F12),
    Color::hex(0x6A55C0),
    Color::hex(0x7A6F00),
    Color::hex(0x137E86),
];

static PROJECTOR: Theme = Theme {
    name: ThemeName::Projector,
    canvas: Color::hex(0xFFFFFF),
    panel: Color::hex(0xFFFFFF),
    raised: Color::hex(0xF2F2F2),
    hairline: Color::hex(0x8A8A8A),
    border: Color::hex(0x4A4A4A),
    text: Color::hex(0x000000),
    secondary: Color::hex(0x303030),
    accent: Color::hex(0x0050B0),
    link: Color::hex(0x202020),
    debt: LIGHT.debt,
    lower: Color::hex(0x4C8FDB),
    higher: Color::hex(0xD57C22),
    loops: Color::hex(0xA0005F),
    error: LIGHT.error,
    warning: LIGHT.warning,
    note: LIGHT.note,
    open: LIGHT.open,
    hues: [
        Color::hex(0x00664B),
        Color::hex(0x00508A),
        Color::hex(0x0A6FA8),
        Color::hex(0x8F5C00),
        Color::hex(0xA84300),
        Color::hex(0x8F2F68),
        Color::hex(0x665B00),
        Color::hex(0x3C444B),
    ],
    owners: [
        Color::hex(0x0A5EA6),
        Color::hex(0x8C5800),
        Color::hex(0x00664B),
        Color::hex(0x8F2F68),
        Color::hex(0x9C3D06),
        Color::hex(0x503CA3),
        Color::hex(0x615800),
        Color::hex(0x0A666D),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT_CONTRAST: f32 = 4.5;
    const GRAPHIC_CONTRAST: f32 = 3.0;

    fn grounds(theme: &Theme) -> [Color; 3] {
        [theme.canvas, theme.panel, theme.raised]
    }

    #[test]
    fn text_is_readable_in_every_theme() {
        for theme in ThemeName::ALL.iter().map(|&name| Theme::of(name)) {
            for ground in grounds(theme) {
                for text in [
                    theme.text,
                    theme.secondary,
                    theme.accent,
                    theme.error,
                    theme.warning,
                    theme.note,
                    theme.loops,
                ] {
                    let contrast = text.contrast(ground);
                    assert!(
                        contrast >= TEXT_CONTRAST,
                        "{:?}: {text:?} on {ground:?} is {contrast}",
                        theme.name
                    );
                }
            }
        }
    }

    #[test]
    fn graphics_are_seen_in_every_theme() {
        for theme in ThemeName::ALL.iter().map(|&name| Theme::of(name)) {
            let kinds = NodeKind::ALL.iter().map(|&kind| theme.kind(kind));
            let owners = (0..OWNER_COLORS as u64).map(|hash| theme.owner(hash));
            let debt = (0..=10).map(|step| theme.debt_mark(step as f32 / 10.0));
            let others = [theme.border, theme.link, theme.loops, theme.open];
            for graphic in kinds.chain(owners).chain(debt).chain(others) {
                for ground in grounds(theme) {
                    let contrast = graphic.contrast(ground);
                    assert!(
                        contrast >= GRAPHIC_CONTRAST,
                        "{:?}: {graphic:?} on {ground:?} is {contrast}",
                        theme.name
                    );
                }
            }
        }
    }

    #[test]
    fn text_is_readable_on_the_diverging_scale_and_its_ends_are_seen() {
        for theme in ThemeName::ALL.iter().map(|&name| Theme::of(name)) {
            for step in -10..=10 {
                let ground = theme.diverging(step as f32 / 10.0);
                let contrast = theme.text.contrast(ground);
                assert!(contrast >= TEXT_CONTRAST, "{:?} {step}: {contrast}", theme.name);
            }
            for end in [theme.lower, theme.higher] {
                assert!(end.contrast(theme.panel) >= GRAPHIC_CONTRAST, "{:?}: {end:?}", theme.name);
            }
        }
    }

    #[test]
    fn the_debt_scale_is_monotone_in_lightness() {
        for theme in ThemeName::ALL.iter().map(|&name| Theme::of(name)) {
            let steps: Vec<f32> =
                (0..=12).map(|step| theme.debt_at(step as f32 / 12.0).luminance()).collect();
            let rising = steps.windows(2).all(|pair| pair[0] < pair[1]);
            let falling = steps.windows(2).all(|pair| pair[0] > pair[1]);
            assert!(rising || falling, "{:?}: {steps:?}", theme.name);
        }
    }

    #[test]
    fn blending_over_a_ground() {
        let half = Color::hex(0xFFFFFF).faded(0.5);
        assert_eq!(half.over(Color::hex(0x000000)), Color::hex(0x808080));
    }
}
