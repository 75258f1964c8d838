//! What the person calls their devices now. What a device was called when it was added stands in the device chain for ever.
//!
//! | name | value |
//! |---|---|
//! | `device/<hex>` | text |

use super::{Changes, Field, Fields, Invalid};
use crate::limits;

/// The name of the device that this hex is for; none where nobody said another one.
pub fn device_name<'a>(fields: &'a Fields, device: &str) -> Option<&'a str> {
    fields.get(&name_of(device)).and_then(Field::text)
}

/// Calls a device something else; nothing gives it back the name it was added with.
///
/// # Errors
/// [`Invalid::DeviceName`].
pub fn set_device_name(device: &str, name: &str) -> Result<Changes, Invalid> {
    let name = name.trim();
    if name.chars().nth(limits::NAME_CHARACTERS_MAX).is_some() || name.contains('\n') {
        return Err(Invalid::DeviceName);
    }
    let field = (!name.is_empty()).then(|| Field::Text(name.to_owned()));
    Ok(Changes::from([(name_of(device), field)]))
}

fn name_of(device: &str) -> String {
    format!("device/{device}")
}
