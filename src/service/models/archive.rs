//! The archive: model artifacts and strategies as blobs, in a folder or any object store.

use std::collections::BTreeMap;
use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutPayload};

use crate::domain::ids::{ModelId, TenantId};
use crate::domain::strategy::Strategy;
use crate::service::ServiceError;

/// The files of a model by name.
pub type ModelFiles = BTreeMap<String, Vec<u8>>;

/// Files that a model may consist of; those that it has are read.
const MODEL_FILES: [&str; 5] = ["model.json", "weights.bin", "tokenizer.json", "golden.jsonl", "card.md"];

/// The files of a model in a folder, as `recourse train` writes them.
///
/// # Errors
/// When a file that is there cannot be read.
pub fn read_model_folder(folder: &std::path::Path) -> std::io::Result<ModelFiles> {
    let mut files = ModelFiles::new();
    for name in MODEL_FILES {
        match std::fs::read(folder.join(name)) {
            Ok(bytes) => {
                files.insert(name.to_owned(), bytes);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}

/// Keeps what is too large for the database or must outlive it.
#[derive(Debug, Clone)]
pub struct ModelArchive {
    blobs: Arc<dyn ObjectStore>,
}

fn failed(context: &'static str) -> impl FnOnce(object_store::Error) -> ServiceError {
    move |source| ServiceError::Internal { context, source: source.into() }
}

fn model_path(tenant: &TenantId, id: &ModelId, file: &str) -> Path {
    let number = format!("{:04}", id.number());
    if *tenant == TenantId::default_tenant() {
        Path::from_iter([id.kind().as_str(), &number, file])
    } else {
        Path::from_iter(["tenants", tenant.as_str(), id.kind().as_str(), &number, file])
    }
}

impl ModelArchive {
    /// An archive over an object store.
    pub fn new(blobs: Arc<dyn ObjectStore>) -> Self {
        ModelArchive { blobs }
    }

    /// An archive in a folder, which is made when it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made or used.
    pub fn in_folder(folder: &std::path::Path) -> Result<Self, ServiceError> {
        let context = "opening the folder of models";
        std::fs::create_dir_all(folder).map_err(|source| ServiceError::Internal { context, source: source.into() })?;
        let blobs = object_store::local::LocalFileSystem::new_with_prefix(folder).map_err(failed(context))?;
        Ok(ModelArchive::new(Arc::new(blobs)))
    }

    /// An archive in memory, for tests.
    pub fn in_memory() -> Self {
        ModelArchive::new(Arc::new(object_store::memory::InMemory::new()))
    }

    /// Writes the files of a new model; `false` when there are files of that id already, which stay as they are.
    pub(super) async fn write_new(
        &self,
        tenant: &TenantId,
        id: &ModelId,
        files: &ModelFiles,
    ) -> Result<bool, ServiceError> {
        for (name, bytes) in files {
            let payload = PutPayload::from(bytes.clone());
            let path = model_path(tenant, id, name);
            match self.blobs.put_opts(&path, payload, PutMode::Create.into()).await {
                Ok(_) => {}
                Err(object_store::Error::AlreadyExists { .. }) => return Ok(false),
                Err(error) => return Err(failed("writing a model")(error)),
            }
        }
        Ok(true)
    }

    /// Takes away the files of a model that came to nothing, so that its number is free again. The file that is written first goes last:
    /// nobody takes the number before.
    pub(in crate::service) async fn remove(&self, tenant: &TenantId, id: &ModelId) -> Result<(), ServiceError> {
        let mut names = MODEL_FILES;
        names.sort_unstable();
        for name in names.into_iter().rev() {
            match self.blobs.delete(&model_path(tenant, id, name)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(failed("removing a model")(error)),
            }
        }
        Ok(())
    }

    /// Reads the files of a model.
    pub(in crate::service) async fn read(&self, tenant: &TenantId, id: &ModelId) -> Result<ModelFiles, ServiceError> {
        let mut files = ModelFiles::new();
        for name in MODEL_FILES {
            if let Some(bytes) = self.blob(&model_path(tenant, id, name), "reading a model").await? {
                files.insert(name.to_owned(), bytes);
            }
        }
        if files.is_empty() {
            let problem =
                "its files are missing in the folder of trained models, which all servers of a database share"
                    .to_owned();
            return Err(ServiceError::CorruptModel { id: id.to_string(), problem });
        }
        Ok(files)
    }

    async fn blob(&self, path: &Path, context: &'static str) -> Result<Option<Vec<u8>>, ServiceError> {
        match self.blobs.get(path).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(failed(context))?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(context)(error)),
        }
    }

    /// Keeps a strategy by its digest, so that scores made with it can be replayed.
    pub(in crate::service) async fn keep_strategy(&self, strategy: &Strategy) -> Result<(), ServiceError> {
        let context = "keeping a strategy";
        let text =
            serde_json::to_vec(strategy).map_err(|source| ServiceError::Internal { context, source: source.into() })?;
        let path = strategy_path(&strategy.digest());
        self.blobs.put(&path, PutPayload::from(text)).await.map_err(failed(context))?;
        Ok(())
    }

    /// The strategy with a digest, if it was kept.
    pub(in crate::service) async fn strategy(&self, digest: &str) -> Result<Option<Strategy>, ServiceError> {
        let context = "reading a strategy";
        let Some(bytes) = self.blob(&strategy_path(digest), context).await? else { return Ok(None) };
        let strategy: Strategy = serde_json::from_slice(&bytes)
            .map_err(|source| ServiceError::Internal { context, source: source.into() })?;
        Ok(Some(strategy).filter(|strategy| strategy.digest() == digest))
    }
}

fn strategy_path(digest: &str) -> Path {
    Path::from_iter(["strategies", &format!("{digest}.json")])
}
