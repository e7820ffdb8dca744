//! Update masks: which fields of a request are to be changed.

use prost_types::FieldMask;

use super::fields::Fields;

/// The fields that a request changes.
#[derive(Debug)]
pub struct UpdateMask(Vec<String>);

impl UpdateMask {
    /// Reads a mask over the fields that can be changed; refuses other names.
    pub fn read(fields: &mut Fields, mask: Option<FieldMask>, changeable: &[&str]) -> Self {
        let FieldMask { paths } = mask.unwrap_or_default();
        for (index, path) in paths.iter().enumerate().filter(|(_, path)| !changeable.contains(&path.as_str())) {
            fields.refuse(&format!("update_mask.paths[{index}]"), path, format!("one of {}", changeable.join(", ")));
        }
        UpdateMask(paths)
    }

    /// Whether the mask names a field, so that it is changed even when it is absent.
    pub fn names(&self, field: &str) -> bool {
        self.0.iter().any(|path| path == field)
    }

    /// The value of a field that may be changed; as if it were absent when the mask names others only.
    pub fn keep<T: Default>(&self, field: &str, value: T) -> T {
        if self.0.is_empty() || self.names(field) { value } else { T::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_mask_keeps_all_and_another_only_what_it_names() {
        let mut fields = Fields::of("");
        let mask = |fields: &mut Fields, paths: &[&str]| {
            let paths = paths.iter().map(ToString::to_string).collect();
            UpdateMask::read(fields, Some(FieldMask { paths }), &["a", "b"])
        };
        let (none, one) = (mask(&mut fields, &[]), mask(&mut fields, &["a"]));
        assert_eq!((none.keep("a", 1), one.keep("a", 1), one.keep("b", 1)), (1, 1, 0));
        assert!(one.names("a") && !one.names("b") && !none.names("a"));
        mask(&mut fields, &["a", "*"]);
        let violations = fields.finish(|| Some(())).unwrap_err();
        assert_eq!(violations.to_string(), "`update_mask.paths[1]` is `*`, expected one of a, b");
    }
}
