//! Sound: a voice for each hard contact, mixed into the frame's buffer.

use arenite::{Tag, system::SystemError};

use super::{physics::Contact, step::Step};

/// Samples of a frame.
const SAMPLES: usize = 750;
/// Voices that sound at once.
const VOICES: usize = 16;

/// Mixes the frame's sound. Returns the sum of its samples, which is all that anybody hears of it here.
pub(super) fn mix(step: &Step<'_, '_>, contacts: &[Option<&Contact>]) -> Result<i64, SystemError> {
    let mixed = step.array(Tag::AUDIO, SAMPLES, 0i32)?;
    for contact in contacts.iter().flatten().filter(|contact| contact.impact > 0.0).take(VOICES) {
        let voice = step.array(Tag::AUDIO, SAMPLES, 0i16)?;
        let period = 20 + contact.pair[0] as usize % 80;
        let loud = (contact.impact * 64.0).min(8_000.0) as i32;
        for (at, sample) in voice.iter_mut().enumerate() {
            let wave = ((at % period) as i32 * 2 - period as i32) * loud / period as i32;
            *sample = (wave * (SAMPLES - at) as i32 / SAMPLES as i32) as i16;
        }
        mixed.iter_mut().zip(voice.iter()).for_each(|(sum, sample)| *sum += i32::from(*sample));
    }
    Ok(mixed.iter().map(|&sample| i64::from(sample)).sum())
}
