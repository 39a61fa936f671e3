//! The whole picture small, with the part that is seen; a click or drag looks elsewhere.

use super::super::theme::color;
use super::far::FarField;
use super::pen::Projection;
use crate::layout::Size;
use crate::scene::{Scene, Theme};
use crate::session::{Camera, Command};
use egui::{Rect, Sense, Shape, Stroke, StrokeKind, Ui, Vec2};

const WIDTH: f32 = 176.0;
const HEIGHT: f32 = 112.0;
const PAD: f32 = 6.0;

/// The drawing of more marks than these is taken from the tiles of the canvas.
pub(super) const MOST_SHAPES: usize = 2_000;

/// The minimap's drawing, kept until the picture changes.
#[derive(Default)]
pub(super) struct Minimap {
    shapes: Vec<Shape>,
    key: Option<(u64, Rect, &'static str, u64)>,
}

impl Minimap {
    /// Shows it in the lower right of `canvas` where the picture is larger than what is seen.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        canvas: Rect,
        (scene, revision, theme): (&Scene, u64, &Theme),
        projection: &Projection,
        (far, far_revision): (&FarField, u64),
        commands: &mut Vec<Command>,
    ) {
        let seen = projection.camera.seen(projection.viewport);
        let all = scene.bounds;
        if all.is_empty() || (seen.contains(all.min) && seen.contains(all.max)) {
            return;
        }
        let corner = canvas.right_bottom() - Vec2::splat(12.0);
        let rect = Rect::from_min_max(corner - Vec2::new(WIDTH, HEIGHT), corner);
        let small = Self::projection(rect, scene);
        let key = Some((revision, rect, theme.name.key(), far_revision));
        if self.key != key {
            self.shapes = if scene.mark_count() > MOST_SHAPES {
                let mut shapes = ground(rect, theme).to_vec();
                shapes.extend(far.paint_overview(&small, revision));
                shapes
            } else {
                drawing(rect, scene, &small, theme)
            };
            self.key = key;
        }
        let response = ui.interact(rect, ui.id().with("minimap"), Sense::click_and_drag());
        let painter = ui.painter().with_clip_rect(rect.expand(1.0));
        painter.extend(self.shapes.iter().cloned());
        let window = small.rect(seen).intersect(rect.shrink(1.0));
        let accent = color(theme.accent);
        painter.rect(
            window,
            2.0,
            accent.gamma_multiply(0.12),
            Stroke::new(1.5, accent),
            StrokeKind::Inside,
        );
        let label = "Map of the whole picture";
        response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, label));
        if (response.dragged() || response.clicked())
            && let Some(at) = response.interact_pointer_pos()
        {
            let to = small.point(at);
            let camera = Camera { center: (to.x, to.y), scale: projection.camera.scale };
            commands.push(Command::Look(camera));
        }
        response.on_hover_text(label);
    }

    fn projection(rect: Rect, scene: &Scene) -> Projection {
        let inner = rect.shrink(PAD);
        let all = scene.bounds;
        let scale =
            (inner.width() / all.width().max(1.0)).min(inner.height() / all.height().max(1.0));
        let center = all.center();
        Projection {
            origin: inner.min,
            camera: Camera { center: (center.x, center.y), scale },
            viewport: Size::new(inner.width(), inner.height()),
        }
    }
}

fn ground(rect: Rect, theme: &Theme) -> [Shape; 2] {
    [
        Shape::rect_filled(rect, 4.0, color(theme.canvas)),
        Shape::rect_stroke(rect, 4.0, Stroke::new(1.0, color(theme.hairline)), StrokeKind::Inside),
    ]
}

fn drawing(rect: Rect, scene: &Scene, small: &Projection, theme: &Theme) -> Vec<Shape> {
    let mut shapes = ground(rect, theme).to_vec();
    for plate in &scene.plates {
        let fill = if plate.open {
            theme.frame_ground(plate.depth)
        } else {
            theme.border.faded(0.6).over(theme.panel)
        };
        let on_map = small.rect(plate.rect);
        shapes.push(Shape::rect_filled(on_map, 1.0, color(fill)));
        if plate.open {
            let line = Stroke::new(0.5, color(theme.border));
            shapes.push(Shape::rect_stroke(on_map, 1.0, line, StrokeKind::Inside));
        }
    }
    for card in &scene.cards {
        let on_map = small.rect(card.rect);
        let on_map = Rect::from_center_size(on_map.center(), on_map.size().max(Vec2::splat(1.5)));
        shapes.push(Shape::rect_filled(on_map, 0.5, color(theme.kind(card.kind))));
    }
    shapes
}
