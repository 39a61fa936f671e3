//! The look of widgets, from the tokens that pictures use too.

use crate::layout::Point;
use crate::scene::measure::{FALLBACKS, Font};
use crate::scene::{Color, Theme};
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Stroke, TextStyle, Vec2};
use std::sync::Arc;

/// Sizes of text, in points.
pub(super) const BODY: f32 = 13.0;
pub(super) const SMALL: f32 = 11.0;
pub(super) const HEADING: f32 = 16.0;
pub(super) const MONO: f32 = 12.0;

/// Free space at the edges of a panel.
pub(super) const PANEL_PAD: i8 = 12;

/// Height of a row of a table or tree.
pub(super) const ROW: f32 = 24.0;

const CORNER: u8 = 6;

/// What a texture is multiplied with to be seen as it is.
pub(super) const UNTINTED: Color32 = Color32::WHITE;

/// A token as egui wants it.
pub(super) fn color(color: Color) -> Color32 {
    Color32::from_rgba_unmultiplied(color.r, color.g, color.b, color.a)
}

/// A picture in pixels as egui wants it.
pub(super) fn pixels(width: u32, height: u32, rgba: &[u8]) -> egui::ColorImage {
    egui::ColorImage::from_rgba_unmultiplied([width as usize, height as usize], rgba)
}

/// A tile's pixels, whose alpha is premultiplied, as egui wants them.
pub(super) fn tile_pixels(side: usize, rgba: &[u8]) -> egui::ColorImage {
    egui::ColorImage::from_rgba_premultiplied([side, side], rgba)
}

pub(super) fn pos(point: Point) -> egui::Pos2 {
    egui::pos2(point.x, point.y)
}

/// The bundled fonts, with the icons of the interface behind them.
pub(super) fn install_fonts(ctx: &egui::Context) {
    let mut fonts = egui::FontDefinitions::empty();
    for font in Font::ALL {
        let data = egui::FontData::from_static(font.bytes());
        fonts.font_data.insert(font.family().to_owned(), Arc::new(data));
    }
    for (position, bytes) in FALLBACKS.iter().enumerate() {
        let data = egui::FontData::from_static(bytes);
        fonts.font_data.insert(format!("fallback {position}"), Arc::new(data));
    }
    for (family, first) in
        [(FontFamily::Proportional, Font::Text), (FontFamily::Monospace, Font::Mono)]
    {
        // The one face has arrows and signs that the other lacks.
        let second = if first == Font::Text { Font::Mono } else { Font::Text };
        let mut chain = vec![first.family().to_owned(), second.family().to_owned()];
        chain.extend((0..FALLBACKS.len()).map(|position| format!("fallback {position}")));
        fonts.families.insert(family, chain);
    }
    egui_phosphor::add_to_fonts(&mut fonts, egui_phosphor::Variant::Regular);
    ctx.set_fonts(fonts);
}

/// Dresses all widgets in `theme`.
pub(super) fn apply(ctx: &egui::Context, theme: &Theme) {
    let preference =
        if theme.is_dark() { egui::ThemePreference::Dark } else { egui::ThemePreference::Light };
    ctx.set_theme(preference);
    ctx.all_styles_mut(|style| {
        style.text_styles = [
            (TextStyle::Small, FontId::proportional(SMALL)),
            (TextStyle::Body, FontId::proportional(BODY)),
            (TextStyle::Button, FontId::proportional(BODY)),
            (TextStyle::Heading, FontId::proportional(HEADING)),
            (TextStyle::Monospace, FontId::monospace(MONO)),
        ]
        .into();
        let spacing = &mut style.spacing;
        spacing.item_spacing = Vec2::new(8.0, 4.0);
        spacing.button_padding = Vec2::new(8.0, 3.0);
        spacing.interact_size = Vec2::new(24.0, ROW);
        spacing.menu_margin = Margin::same(4);
        spacing.window_margin = Margin::same(12);
        spacing.indent = 16.0;
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.4;
        style.animation_time = 0.1;
        visuals(&mut style.visuals, theme);
    });
}

fn visuals(visuals: &mut egui::Visuals, theme: &Theme) {
    let (text, secondary, hairline) =
        (color(theme.text), color(theme.secondary), color(theme.hairline));
    visuals.dark_mode = theme.is_dark();
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(secondary);
    visuals.panel_fill = color(theme.panel);
    visuals.window_fill = color(theme.panel);
    visuals.window_stroke = Stroke::new(1.0, hairline);
    visuals.window_corner_radius = CornerRadius::same(CORNER);
    visuals.menu_corner_radius = CornerRadius::same(CORNER);
    visuals.faint_bg_color = color(theme.raised);
    visuals.extreme_bg_color = color(theme.canvas);
    visuals.text_edit_bg_color = Some(color(theme.canvas));
    visuals.code_bg_color = color(theme.raised);
    visuals.hyperlink_color = color(theme.accent);
    visuals.warn_fg_color = color(theme.warning);
    visuals.error_fg_color = color(theme.error);
    visuals.selection.bg_fill =
        color(theme.accent.faded(if theme.is_dark() { 0.35 } else { 0.22 }));
    visuals.selection.stroke = Stroke::new(1.0, text);
    visuals.disabled_alpha = 0.45;
    visuals.window_shadow = egui::Shadow {
        offset: [0, 4],
        blur: 16,
        spread: 0,
        color: color(Color::hex(0).faded(if theme.is_dark() { 0.5 } else { 0.18 })),
    };
    visuals.popup_shadow = visuals.window_shadow;
    let widgets = &mut visuals.widgets;
    let raised = color(theme.raised);
    let pressed = color(theme.accent.faded(0.25).over(theme.raised));
    let corner = CornerRadius::same(4);
    for (widget, fill, edge, fg) in [
        (&mut widgets.noninteractive, color(theme.panel), hairline, text),
        (&mut widgets.inactive, raised, Color32::TRANSPARENT, text),
        (&mut widgets.hovered, color(theme.hairline.over(theme.raised)), color(theme.border), text),
        (&mut widgets.active, pressed, color(theme.accent), text),
        (&mut widgets.open, raised, hairline, text),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, edge);
        widget.fg_stroke = Stroke::new(1.0, fg);
        widget.corner_radius = corner;
        widget.expansion = 0.0;
    }
}
