//! Rolling back: the champion before takes the place of the present one.

use crate::domain::ids::{ModelId, ModelKind, TenantId};
use crate::service::limits::CHAMPION_CHANGES_TOLD_MAX;
use crate::service::training::ModelView;
use crate::service::{Service, ServiceError};
use crate::store::{Champion, ChampionCause, ChampionChange};

impl Service {
    /// Makes the champion before the present one the champion again; the next call goes back further. What was rolled back does not count as
    /// served before: only a promotion, with its gate, brings it back.
    ///
    /// # Errors
    /// A precondition when there is none before, another champion than expected, or a failing storage.
    pub async fn rollback_model(
        &self,
        tenant: &TenantId,
        kind: ModelKind,
        expected_champion_id: Option<&ModelId>,
    ) -> Result<ModelView, ServiceError> {
        let champion = self.store.champions(tenant).await?.into_iter().find(|champion| champion.kind == kind);
        let present = champion.as_ref().map(|champion| champion.model_id.clone());
        if let (Some(expected), Some(present)) = (expected_champion_id, &present)
            && expected != present
        {
            return Err(ServiceError::Stale { resource: "champion", id: present.to_string() });
        }
        let history = self.store.champion_history(tenant, Some(kind), CHAMPION_CHANGES_TOLD_MAX).await?;
        let mut before = champion.map_or_else(Vec::new, |champion| served_before(champion, &history));
        let Some(previous) = before.pop() else {
            let message =
                format!("no other model of kind `{kind}` served before the present one that was not rolled back");
            return Err(ServiceError::Precondition { reason: "NO_PREVIOUS_CHAMPION", message });
        };
        // One that did not pass the gate serves by an override, which holds on.
        let gate_overridden = !self.model(tenant, &previous).await?.passed_gate;
        let (model_id, previous_id) = (previous.clone(), before.pop());
        let champion = Champion { kind, model_id, previous_id, promoted_at: self.now(), gate_overridden };
        self.put_champion(tenant, champion, present, ChampionCause::Rollback).await?;
        self.model(tenant, &previous).await
    }
}

/// The models that served before the present champion and were not rolled back since, the last of them last. Each stands where it was
/// promoted last. `history` holds the changes of its kind, the latest first; a champion from before they were kept has none.
fn served_before(champion: Champion, history: &[ChampionChange]) -> Vec<ModelId> {
    let mut served: Vec<ModelId> = Vec::new();
    for ChampionChange { model_id, replaced_id, cause, .. } in history.iter().rev() {
        match cause {
            ChampionCause::Promotion if served.is_empty() => served.extend(replaced_id.clone()),
            ChampionCause::Promotion => {}
            ChampionCause::Rollback => served.retain(|served| Some(served) != replaced_id.as_ref()),
        }
        served.retain(|served| served != model_id);
        served.push(model_id.clone());
    }
    if served.pop().as_ref() == Some(&champion.model_id) {
        return served;
    }
    champion.previous_id.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Instant;

    fn id(number: u16) -> ModelId {
        ModelId::new(ModelKind::Item, number)
    }

    /// The models that served before the last one after these changes, each from what served to what serves and how.
    fn before(changes: &[(u16, u16, ChampionCause)], previous: Option<u16>) -> Vec<u16> {
        let promoted_at = Instant::from_unix_us(0);
        let change = |(replaced, to, cause): &(u16, u16, ChampionCause)| ChampionChange {
            model_id: id(*to),
            replaced_id: Some(id(*replaced)),
            cause: *cause,
            promoted_at,
            gate_overridden: false,
        };
        let history: Vec<_> = changes.iter().rev().map(change).collect();
        let model_id = history.first().map_or_else(|| id(9), |change| change.model_id.clone());
        let previous_id = previous.map(id);
        let champion = Champion { kind: ModelKind::Item, model_id, previous_id, promoted_at, gate_overridden: false };
        served_before(champion, &history).iter().map(ModelId::number).collect()
    }

    #[test]
    fn what_was_rolled_back_is_passed_over_until_it_is_promoted_again() {
        use ChampionCause::{Promotion, Rollback};
        let promoted = [(1, 2, Promotion), (2, 3, Promotion), (3, 4, Promotion)];
        assert_eq!(before(&promoted, Some(3)), [1, 2, 3]);
        let back: Vec<_> = promoted.into_iter().chain([(4, 3, Rollback), (3, 2, Rollback)]).collect();
        assert_eq!(before(&back[..4], None), [1, 2]);
        assert_eq!(before(&back, None), [1]);
        let again: Vec<_> = back.into_iter().chain([(2, 4, Promotion)]).collect();
        assert_eq!(before(&again, Some(2)), [1, 2]);
        let twice = [(1, 2, Promotion), (2, 3, Promotion), (3, 2, Promotion), (2, 3, Rollback)];
        assert_eq!(before(&twice[..3], Some(3)), [1, 3]);
        assert_eq!(before(&twice, None), [1], "2 was rolled back, however often it was promoted before");
    }

    #[test]
    fn a_champion_without_a_history_goes_back_to_what_it_replaced() {
        assert_eq!(before(&[], Some(1)), [1]);
        assert!(before(&[], None).is_empty());
    }
}
