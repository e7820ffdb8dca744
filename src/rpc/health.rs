//! Health that follows the truth: whether the database can be read and written, asked again and again. The models are loaded before the
//! server serves.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::service::Service;

use super::edge::Stopping;
use super::pb;

/// Time between two looks at the state.
const LOOK_PERIOD: Duration = Duration::from_secs(1);
/// Longest time that a look may take; a database that does not answer until then is not reachable.
const LOOK_TIMEOUT: Duration = Duration::from_secs(3);

/// The names under which health is asked: the whole server, and each service.
const NAMES: [&str; 9] = [
    "",
    pb::account_service_server::SERVICE_NAME,
    pb::dispute_service_server::SERVICE_NAME,
    pb::ledger_service_server::SERVICE_NAME,
    pb::message_service_server::SERVICE_NAME,
    pb::priority_service_server::SERVICE_NAME,
    pb::report_service_server::SERVICE_NAME,
    pb::training_service_server::SERVICE_NAME,
    pb::worklist_service_server::SERVICE_NAME,
];

/// Whether the use cases can do their work.
async fn is_serving(service: &Service) -> bool {
    match tokio::time::timeout(LOOK_TIMEOUT, service.health()).await {
        Ok(Ok(())) => true,
        Ok(Err(_)) | Err(_) => false,
    }
}

async fn report(reporter: &HealthReporter, status: ServingStatus) {
    for name in NAMES {
        reporter.set_service_status(name, status).await;
    }
}

fn status_of(is_serving: bool) -> ServingStatus {
    if is_serving { ServingStatus::Serving } else { ServingStatus::NotServing }
}

/// Looks once, and reports it.
pub(super) async fn look(reporter: &HealthReporter, service: &Service) -> bool {
    let serving = is_serving(service).await;
    report(reporter, status_of(serving)).await;
    serving
}

/// Reports the state whenever it changes, until the server stops; from then on nothing serves.
pub(super) async fn follow(
    mut reporter: HealthReporter,
    service: Arc<Service>,
    mut was_serving: bool,
    mut stopping: Stopping,
) {
    let mut looks = tokio::time::interval(LOOK_PERIOD);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            () = stopping.stopped() => break,
        }
        let serving = is_serving(&service).await;
        if serving != was_serving {
            tracing::warn!(health.serving = serving, "the health of the server changed");
            report(&reporter, status_of(serving)).await;
            was_serving = serving;
        }
    }
    report(&reporter, ServingStatus::NotServing).await;
    // Ends the streams of those who watch the health, which would otherwise hold up the end of the server.
    for name in NAMES {
        reporter.clear_service_status(name).await;
    }
}
