//! Connections to one database file, each lent to one caller at a time.
//!
//! A pool looks whether a connection still answers, before it is used and after. The file is ours and cannot hang up, and
//! each look is a round trip to the connection's thread, which costs as much as the query between the two.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections to one file.
#[derive(Clone)]
pub struct Connections {
    idle: Arc<Mutex<Vec<SqliteConnection>>>,
    permits: Arc<Semaphore>,
}

impl Connections {
    /// Opens `count` connections.
    pub async fn open(options: &SqliteConnectOptions, count: usize) -> Result<Self, sqlx::Error> {
        let mut idle = Vec::with_capacity(count);
        for _ in 0..count {
            idle.push(options.connect().await?);
        }
        Ok(Connections { idle: Arc::new(Mutex::new(idle)), permits: Arc::new(Semaphore::new(count)) })
    }

    /// Lends a connection as soon as one is free, to the callers in their order.
    pub async fn lend(&self) -> Result<Lent, sqlx::Error> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if connection.is_none() {
            return Err(sqlx::Error::PoolClosed);
        }
        Ok(Lent { connection, idle: Arc::clone(&self.idle), _permit: permit })
    }
}

/// A connection on loan; it goes back when this is dropped, and only then may the next caller have it.
pub struct Lent {
    connection: Option<SqliteConnection>,
    idle: Arc<Mutex<Vec<SqliteConnection>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(self.connection.take());
    }
}

impl Deref for Lent {
    type Target = SqliteConnection;

    #[expect(clippy::expect_used, reason = "the connection is taken only when this is dropped")]
    fn deref(&self) -> &SqliteConnection {
        self.connection.as_ref().expect("a connection on loan")
    }
}

impl DerefMut for Lent {
    #[expect(clippy::expect_used, reason = "the connection is taken only when this is dropped")]
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("a connection on loan")
    }
}
