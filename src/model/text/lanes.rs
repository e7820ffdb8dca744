//! Lets loops over many numbers use the widest instructions of the machine.

/// Work to be compiled for several widths; its `call` and all that it calls must be `#[inline(always)]`.
pub use pulp::NullaryFnOnce as LaneWork;

/// Runs `work`, compiled once for every width of instructions and chosen by what the machine has.
///
/// Products and sums are rounded one by one whatever the width, so the results are the same to the last bit.
pub fn with_wide_lanes<W: LaneWork>(work: W) -> W::Output {
    pulp::Arch::new().dispatch(work)
}
