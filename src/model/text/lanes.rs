//! Lets loops over many numbers use the widest instructions of the machine.

/// Work to be compiled for several widths; its `call` and all that it calls must be `#[inline(always)]`.
pub use pulp::NullaryFnOnce as LaneWork;

/// Runs `work`, compiled once for every width of instructions and chosen by what the machine has.
///
/// Products and sums are rounded one by one whatever the width, so the results are the same to the last bit.
pub fn with_wide_lanes<W: LaneWork>(work: W) -> W::Output {
    pulp::Arch::new().dispatch(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_width_of_instructions_changes_no_bit() {
        let add = |sums: &mut [f32; 48]| {
            for step in 1..200 {
                for (index, sum) in sums.iter_mut().enumerate() {
                    *sum += (step as f32 * 0.37).sin() * f32::from((index * step % 255) as u8);
                }
            }
        };
        let (mut plain, mut wide) = ([0.1_f32; 48], [0.1_f32; 48]);
        add(&mut plain);
        with_wide_lanes(|| add(&mut wide));
        assert_eq!(plain.map(f32::to_bits), wide.map(f32::to_bits));
    }
}
