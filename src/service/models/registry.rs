//! Models: which serve, which there are, and how one takes the place of another.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::Mutex;

use super::archive::{ModelArchive, ModelFiles};
use super::taken_in::TakenIn;
use super::{ActiveModels, ShippedModel};
use crate::domain::ids::{ModelId, ModelKind, TenantId};
use crate::domain::taxonomy::ItemCode;
use crate::domain::time::Instant;
use crate::service::error::FirstFailure;
use crate::service::limits::CHAMPION_CHANGES_TOLD_MAX;
use crate::service::taxonomy::TaxonomyInUse;
use crate::service::training::trainers::{Trained, digest_of_files, with_model};
use crate::service::training::{ModelDetails, ModelView, PromoteModel, has_ended};
use crate::service::{Service, ServiceError, on_blocking_thread};
use crate::store::{
    Champion, ChampionCause, ChampionChange, Change, ModelRecord, StoreError, TrainingRun, TrainingRunState,
};

/// The models that serve each tenant.
pub(in crate::service) struct ModelRegistry {
    shipped: ActiveModels,
    archive: ModelArchive,
    by_tenant: ArcSwap<BTreeMap<TenantId, ActiveModels>>,
    /// Held from reading the champions until they serve, so that older ones never take the place of newer ones.
    turn: Mutex<()>,
}

impl ModelRegistry {
    /// A registry in which the shipped models serve everybody.
    pub(in crate::service) fn new(shipped: ActiveModels, archive: ModelArchive) -> Self {
        ModelRegistry { shipped, archive, by_tenant: ArcSwap::default(), turn: Mutex::default() }
    }

    fn of(&self, tenant: &TenantId) -> ActiveModels {
        self.by_tenant.load().get(tenant).unwrap_or(&self.shipped).clone()
    }

    fn put(&self, tenant: &TenantId, models: &ActiveModels) {
        self.by_tenant.rcu(|by_tenant| {
            let mut by_tenant = BTreeMap::clone(by_tenant);
            by_tenant.insert(tenant.clone(), models.clone());
            by_tenant
        });
    }

    fn shipped_model(&self, id: &ModelId) -> Option<&ShippedModel> {
        self.shipped.shipped.iter().find(|shipped| shipped.id == *id)
    }

    fn shipped_id(&self, kind: ModelKind) -> Option<ModelId> {
        self.shipped.shipped.iter().map(|shipped| &shipped.id).find(|id| id.kind() == kind).cloned()
    }
}

impl Service {
    /// The models that serve a tenant.
    pub(crate) fn models_of(&self, tenant: &TenantId) -> ActiveModels {
        self.registry.of(tenant)
    }

    /// The shipped models with these ones in their places, and the shipped taxonomy.
    async fn assemble(&self, tenant: &TenantId, ids: &[ModelId]) -> Result<ActiveModels, ServiceError> {
        let mut models = self.registry.shipped.clone();
        for id in ids {
            if self.registry.shipped_model(id).is_none() {
                let files = self.model_files(tenant, id).await?;
                let (before, id) = (models, id.clone());
                models = on_blocking_thread("reading a model", move || with_model(before, &id, &files)).await??;
            }
        }
        Ok(models)
    }

    /// The models with these ids, for a replay.
    pub(in crate::service) async fn models_named(
        &self,
        tenant: &TenantId,
        ids: &[ModelId],
    ) -> Result<ActiveModels, ServiceError> {
        self.assemble(tenant, ids).await
    }

    /// Loads the champions and the taxonomy of every tenant, as they stand in the database. Replicas call this now and then, so that a
    /// promotion made elsewhere reaches them, and a taxonomy that was loaded there.
    ///
    /// # Errors
    /// The first failure, when every tenant had their turn: the storage, or a damaged artifact. The models and taxonomies that served
    /// before go on serving.
    pub async fn reload_models(&self) -> Result<(), ServiceError> {
        let mut failure = FirstFailure::default();
        for tenant in self.store.tenants().await? {
            failure.note(self.reload_models_of(&tenant).await);
        }
        failure.finish()
    }

    /// Loads the champions and the taxonomy of one tenant.
    pub(in crate::service) async fn reload_models_of(&self, tenant: &TenantId) -> Result<(), ServiceError> {
        let _turn = self.registry.turn.lock().await;
        let champions = self.store.champions(tenant).await?;
        let ids: Vec<ModelId> = champions.into_iter().map(|champion| champion.model_id).collect();
        let stored = self.store.taxonomy(tenant).await?;
        let present = self.registry.of(tenant);
        let version = stored.as_ref().map_or(0, |stored| stored.version);
        if ids == present.champion_ids && version == present.taxonomy.version {
            return Ok(());
        }
        let taxonomy = stored.map_or_else(|| Ok(TaxonomyInUse::shipped()), TaxonomyInUse::read)?;
        let mut models = self.assemble(tenant, &ids).await?.in_codes_of(taxonomy);
        models.champion_ids = ids;
        self.registry.put(tenant, &models);
        Ok(())
    }

    /// Stores a trained model under the next number of its kind, and ends its run.
    pub(in crate::service) async fn keep_model(
        &self,
        tenant: &TenantId,
        run: TrainingRun,
        trained: Trained,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        let stored = self.store.training_run(tenant, &run.id).await?;
        if stored.is_none_or(|stored| has_ended(stored.state)) {
            return Ok(());
        }
        let gate_message = trained.gate_message.clone();
        let model = self.write_numbered(tenant, run.kind, trained, now).await?;
        let id = model.id.clone();
        let ended = TrainingRun {
            state: TrainingRunState::Succeeded,
            progress: 1.0,
            message: gate_message,
            ended_at: Some(now),
            model_id: Some(id.clone()),
            lease_expires_at: None,
            ..run
        };
        match self.store.commit(tenant, vec![Change::InsertModel(model), Change::PutTrainingRun(ended)]).await {
            Ok(()) => Ok(()),
            // It was cancelled at the last moment and leaves no model.
            Err(StoreError::StaleVersion { .. }) => self.registry.archive.remove(tenant, &id).await,
            Err(error) => Err(error.into()),
        }
    }

    /// Takes in a model that was trained elsewhere. Nobody knows here what it has learned from, so it is not measured: its figures are
    /// those that it brings, and it serves only once the gate is overridden.
    ///
    /// # Errors
    /// When the files are no model of this kind that the service can use, or the storage fails.
    pub async fn add_model(
        &self,
        tenant: &TenantId,
        kind: ModelKind,
        files: ModelFiles,
    ) -> Result<ModelView, ServiceError> {
        let unusable = |problem: String| ServiceError::CorruptModel { id: kind.to_string(), problem };
        let id = self.next_model_id(tenant, kind).await?;
        let shipped = self.registry.shipped.clone();
        let read = on_blocking_thread("reading a model", move || (TakenIn::read(shipped, &id, &files), files)).await?;
        let (metrics, files) = match read {
            (Ok(TakenIn { item_labels, metrics }), files) => {
                self.check_items(tenant, &item_labels).map_err(unusable)?;
                (metrics, files)
            }
            // It has no number yet.
            (Err(ServiceError::CorruptModel { problem, .. }), _) => return Err(unusable(problem)),
            (Err(error), _) => return Err(error),
        };
        let digest =
            digest_of_files(kind, &files).ok_or_else(|| unusable("its description has no digest".to_owned()))?;
        let trained = Trained {
            files,
            digest,
            metrics,
            passed_gate: false,
            gate_message: "trained elsewhere, so it was not compared with the champion; figures are its own".to_owned(),
        };
        let model = self.write_numbered(tenant, kind, trained, self.now()).await?;
        let id = model.id.clone();
        self.store.commit(tenant, vec![Change::InsertModel(model)]).await?;
        self.model(tenant, &id).await
    }

    /// Refuses labels of items that the tenant's taxonomy does not have.
    fn check_items(&self, tenant: &TenantId, labels: &[String]) -> Result<(), String> {
        let taxonomy = self.taxonomy_of(tenant).codes;
        let is_known = |label: &str| ItemCode::parse(label).is_ok_and(|item| taxonomy.item(&item).is_some());
        match labels.iter().find(|label| !is_known(label)) {
            Some(label) => Err(format!("its label `{label}` is no item of the taxonomy `{}`", taxonomy.name)),
            None => Ok(()),
        }
    }

    /// Writes the files of a model under the next free number of its kind.
    async fn write_numbered(
        &self,
        tenant: &TenantId,
        kind: ModelKind,
        trained: Trained,
        created_at: Instant,
    ) -> Result<ModelRecord, ServiceError> {
        let Trained { files, digest, metrics, passed_gate, gate_message } = trained;
        let mut id = self.next_model_id(tenant, kind).await?;
        while !self.registry.archive.write_new(tenant, &id, &files).await? {
            id = ModelId::new(kind, number_after(id.number())?);
        }
        let details = serde_json::to_string(&ModelDetails { metrics, gate_message })
            .map_err(|source| ServiceError::Internal { context: "storing a model", source: source.into() })?;
        Ok(ModelRecord { id, digest, created_at, details, passed_gate })
    }

    async fn next_model_id(&self, tenant: &TenantId, kind: ModelKind) -> Result<ModelId, ServiceError> {
        let stored = self.store.models(tenant, Some(kind)).await?;
        let stored_numbers = stored.iter().map(|model| model.id.number());
        let shipped_numbers = self.registry.shipped.shipped.iter().filter(|shipped| shipped.id.kind() == kind);
        let last = stored_numbers.chain(shipped_numbers.map(|shipped| shipped.id.number())).max().unwrap_or(0);
        Ok(ModelId::new(kind, number_after(last)?))
    }

    /// Models of a kind or of all, by kind, the newest first.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn list_models(
        &self,
        tenant: &TenantId,
        kind: Option<ModelKind>,
    ) -> Result<Vec<ModelView>, ServiceError> {
        let service = self.service_of_models(tenant, kind).await?;
        let mut models = Vec::new();
        for record in self.store.models(tenant, kind).await? {
            models.push(stored_view(record, &service)?);
        }
        let shipped = self.registry.shipped.shipped.iter();
        let wanted = shipped.filter(|shipped| kind.is_none_or(|kind| kind == shipped.id.kind()));
        models.extend(wanted.map(|shipped| shipped_view(shipped, &service)));
        models.sort_by(|a, b| a.id.kind().cmp(&b.id.kind()).then_with(|| b.id.number().cmp(&a.id.number())));
        Ok(models)
    }

    /// The model that serves each kind: the promoted one, or the shipped one.
    async fn champion_ids(&self, tenant: &TenantId) -> Result<BTreeMap<ModelKind, ModelId>, ServiceError> {
        let shipped = self.registry.shipped.shipped.iter().map(|shipped| (shipped.id.kind(), shipped.id.clone()));
        let mut ids: BTreeMap<ModelKind, ModelId> = shipped.collect();
        for champion in self.store.champions(tenant).await? {
            ids.insert(champion.kind, champion.model_id);
        }
        Ok(ids)
    }

    /// The promoted model of a kind; `None` while the shipped one serves.
    pub(in crate::service) async fn champion_of(
        &self,
        tenant: &TenantId,
        kind: ModelKind,
    ) -> Result<Option<ModelId>, ServiceError> {
        let champion = self.champion_ids(tenant).await?.remove(&kind);
        Ok(champion.filter(|id| self.registry.shipped_model(id).is_none()))
    }

    /// The files of a trained model, which are those that were stored: its description is checked by the digest in the database, and
    /// names the digests of the others.
    pub(in crate::service) async fn model_files(
        &self,
        tenant: &TenantId,
        id: &ModelId,
    ) -> Result<ModelFiles, ServiceError> {
        let files = self.registry.archive.read(tenant, id).await?;
        let stored = self.store.model(tenant, id).await?;
        let stored = stored.ok_or_else(|| ServiceError::NotFound { resource: "model", id: id.to_string() })?;
        let found = digest_of_files(id.kind(), &files);
        if found.as_ref() != Some(&stored.digest) {
            let problem = format!("its description is not the one that was stored, whose digest is {}", stored.digest);
            return Err(ServiceError::CorruptModel { id: id.to_string(), problem });
        }
        Ok(files)
    }

    /// The model with this id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], or when the storage fails.
    pub async fn model(&self, tenant: &TenantId, id: &ModelId) -> Result<ModelView, ServiceError> {
        let service = self.service_of_models(tenant, Some(id.kind())).await?;
        if let Some(shipped) = self.registry.shipped_model(id) {
            return Ok(shipped_view(shipped, &service));
        }
        let record = self.store.model(tenant, id).await?;
        let record = record.ok_or_else(|| ServiceError::NotFound { resource: "model", id: id.to_string() })?;
        stored_view(record, &service)
    }

    /// Which models of a kind or of all serve, and which did.
    async fn service_of_models(
        &self,
        tenant: &TenantId,
        kind: Option<ModelKind>,
    ) -> Result<ServiceOfModels, ServiceError> {
        let changes = self.store.champion_history(tenant, kind, CHAMPION_CHANGES_TOLD_MAX).await?;
        Ok(ServiceOfModels { champions: self.champion_ids(tenant).await?, changes })
    }

    /// Makes a model the champion of its kind.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], a gate that was not passed, another champion than expected, or a failing storage.
    pub async fn promote_model(&self, tenant: &TenantId, request: PromoteModel) -> Result<ModelView, ServiceError> {
        let PromoteModel { model_id, expected_champion_id, override_gate } = request;
        let model = self.model(tenant, &model_id).await?;
        if !model.passed_gate && !override_gate {
            let message = format!("model `{model_id}` did not pass the gate: {}", model.gate_message);
            return Err(ServiceError::Precondition { reason: "GATE_NOT_PASSED", message });
        }
        let kind = model_id.kind();
        let stored = self.stored_champion(tenant, kind).await?;
        let present = stored.clone().or_else(|| self.registry.shipped_id(kind));
        if expected_champion_id.is_some() && expected_champion_id != present {
            let id = present.map_or_else(|| kind.to_string(), |present| present.to_string());
            return Err(ServiceError::Stale { resource: "champion", id });
        }
        if present.as_ref() == Some(&model_id) {
            // It may have been promoted by another replica.
            self.reload_models_of(tenant).await?;
            return Ok(model);
        }
        let champion = Champion {
            kind,
            model_id: model_id.clone(),
            previous_id: present,
            promoted_at: self.now(),
            gate_overridden: !model.passed_gate,
        };
        self.put_champion(tenant, champion, stored, ChampionCause::Promotion).await?;
        self.model(tenant, &model_id).await
    }

    /// The model that was promoted last for a kind; `None` while none was.
    async fn stored_champion(&self, tenant: &TenantId, kind: ModelKind) -> Result<Option<ModelId>, ServiceError> {
        let champion = self.store.champions(tenant).await?.into_iter().find(|champion| champion.kind == kind);
        Ok(champion.map(|champion| champion.model_id))
    }

    /// Refuses a trained model of items that speaks of others than the tenant's; the shipped one is read in their codes.
    async fn check_champion(&self, tenant: &TenantId, id: &ModelId) -> Result<(), ServiceError> {
        if id.kind() != ModelKind::Item || self.registry.shipped_model(id).is_some() {
            return Ok(());
        }
        let (shipped, files, read_id) =
            (self.registry.shipped.clone(), self.model_files(tenant, id).await?, id.clone());
        let read = on_blocking_thread("reading a model", move || TakenIn::read(shipped, &read_id, &files)).await??;
        self.check_items(tenant, &read.item_labels).map_err(|problem| {
            let message = format!("model `{id}` cannot serve: {problem}");
            ServiceError::Precondition { reason: "LABEL_NOT_IN_TAXONOMY", message }
        })
    }

    /// Puts a champion in the place of `expected`, the one that the caller saw there.
    pub(super) async fn put_champion(
        &self,
        tenant: &TenantId,
        champion: Champion,
        expected: Option<ModelId>,
        cause: ChampionCause,
    ) -> Result<(), ServiceError> {
        // The artifact is read before it is made the champion, so that a damaged one never serves.
        self.assemble(tenant, std::slice::from_ref(&champion.model_id)).await?;
        self.check_champion(tenant, &champion.model_id).await?;
        let seen = expected.as_ref().map_or_else(|| champion.kind.to_string(), ModelId::to_string);
        match self.store.commit(tenant, vec![Change::PutChampion { champion, expected, cause }]).await {
            Ok(()) => {}
            Err(StoreError::StaleVersion { .. }) => {
                return Err(ServiceError::Stale { resource: "champion", id: seen });
            }
            Err(error) => return Err(error.into()),
        }
        // It is the champion from here on. A damaged champion of another kind keeps it from serving here and is found by every look
        // at the champions; it must not keep anybody from repairing one kind after the other.
        if let Err(error) = self.reload_models_of(tenant).await {
            tracing::error!(tenant.id = %tenant, error = %error, "a new champion does not serve yet");
        }
        Ok(())
    }
}

fn number_after(number: u16) -> Result<u16, ServiceError> {
    number.checked_add(1).ok_or(ServiceError::Exhausted { what: "models of a kind", limit: u16::MAX.into() })
}

/// Which models serve, and which did.
struct ServiceOfModels {
    /// The model that serves each kind.
    champions: BTreeMap<ModelKind, ModelId>,
    /// The changes that made them so, the latest first.
    changes: Vec<ChampionChange>,
}

impl ServiceOfModels {
    fn is_champion(&self, id: &ModelId) -> bool {
        self.champions.get(&id.kind()) == Some(id)
    }

    fn promotions_of(&self, id: &ModelId) -> Vec<ChampionChange> {
        self.changes.iter().filter(|change| change.model_id == *id).cloned().collect()
    }
}

fn stored_view(record: ModelRecord, service: &ServiceOfModels) -> Result<ModelView, ServiceError> {
    let ModelRecord { id, digest, created_at, details, passed_gate } = record;
    let ModelDetails { metrics, gate_message } = serde_json::from_str(&details)
        .map_err(|source| ServiceError::Internal { context: "reading a stored model", source: source.into() })?;
    Ok(ModelView {
        is_champion: service.is_champion(&id),
        promotions: service.promotions_of(&id),
        is_shipped: false,
        created_at: Some(created_at),
        metrics,
        passed_gate,
        gate_message,
        digest,
        id,
    })
}

fn shipped_view(shipped: &ShippedModel, service: &ServiceOfModels) -> ModelView {
    ModelView {
        is_champion: service.is_champion(&shipped.id),
        promotions: service.promotions_of(&shipped.id),
        is_shipped: true,
        created_at: None,
        metrics: shipped.metrics.clone(),
        passed_gate: true,
        gate_message: "came with Recourse".to_owned(),
        digest: shipped.digest.clone(),
        id: shipped.id.clone(),
    }
}

/// The registry is shared by every task of a service.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<Arc<ModelRegistry>>();
};
