//! The text learner behind linfa's traits: a dataset of one column of messages and their labels.

use linfa::DatasetBase;
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, Array2};

use super::fit::train_text;
use super::spec::{TextExample, TextTrainError, TextTrainSpec};
use crate::model::text::{TextModel, TextScratch};

impl Fit<Array2<String>, Array1<String>, TextTrainError> for TextTrainSpec<'_> {
    type Object = TextModel;

    fn fit(&self, dataset: &DatasetBase<Array2<String>, Array1<String>>) -> Result<TextModel, TextTrainError> {
        let texts = dataset.records.rows().into_iter().map(|row| row.iter().cloned().collect::<Vec<_>>().join("\n"));
        let labelled = texts.zip(&dataset.targets);
        let examples: Vec<TextExample> =
            labelled.map(|(text, label)| TextExample { text, label: label.clone() }).collect();
        Ok(train_text(&examples, 0, self, &|_| Ok(()))?.model)
    }
}

impl PredictInplace<Array2<String>, Array1<String>> for TextModel {
    fn predict_inplace<'a>(&'a self, messages: &'a Array2<String>, labels: &mut Array1<String>) {
        let mut scratch = TextScratch::default();
        for (row, label) in messages.rows().into_iter().zip(labels) {
            let text = row.iter().cloned().collect::<Vec<_>>().join("\n");
            *label = self.predict(&text, &mut scratch).label.to_owned();
        }
    }

    fn default_target(&self, messages: &Array2<String>) -> Array1<String> {
        Array1::from_elem(messages.nrows(), String::new())
    }
}

#[cfg(test)]
mod tests {
    use linfa::prelude::*;

    use super::*;

    #[test]
    fn the_learner_fits_and_predicts_like_any_other_of_the_framework() {
        let texts: Vec<String> = (0..40).map(|i| ["red apple", "green pear"][i % 2].to_owned()).collect();
        let labels: Vec<String> = (0..40).map(|i| ["a", "p"][i % 2].to_owned()).collect();
        let records = Array2::from_shape_vec((40, 1), texts).unwrap();
        let dataset = DatasetBase::new(records.clone(), Array1::from_vec(labels));
        let model = TextTrainSpec::default().fit(&dataset).unwrap();
        let mut predicted = model.default_target(&records);
        model.predict_inplace(&records, &mut predicted);
        assert_eq!(predicted, dataset.targets);
    }
}
