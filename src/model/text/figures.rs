//! What the figures of a message tell, and the ideas beside the figures that tell it, as features.

use super::extra::{ExtraFeature, hash_of_name};
use super::ideas::Ideas;
use super::schema::Block;
use crate::text::entities::pieces::Pieces;
use crate::text::figures::Figures;

/// Calls `emit` with everything that the figures tell, and with the ideas that stand beside each figure in its part: `missing`
/// beside a gap is another thing than `missing` beside what was billed.
pub(super) fn find_figures(pieces: &Pieces, ideas: &Ideas, emit: &mut dyn FnMut(ExtraFeature)) {
    for sign in Figures::read(pieces).signs() {
        let start = sign.figures.iter().map(|figure| figure.start).min();
        let end = sign.figures.iter().map(|figure| figure.end).max();
        let hash = hash_of_name(&format!("figures: {}", sign.name));
        emit(ExtraFeature { block: Block::Extra, hash, value: 1.0, span: start.zip(end) });
        for (figure, role) in sign.figures.iter().zip(sign.roles) {
            ideas.emit_beside(&(figure.start..figure.end), hash_of_name(role), emit);
        }
    }
}
