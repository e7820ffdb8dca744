//! `recourse demo`: a sample company, the shipped models and a server, from nothing.

mod company;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;

use super::open::{DataArgs, DatabaseArgs, LedgerArgs, block_on};
use super::output::{WrongUse, counted};
use super::progress::Progress;
use super::{GlobalArgs, output, parse_language, serve, worklist};
use crate::config::Config;
use crate::domain::ids::{RequestId, TenantId};
use crate::domain::locale::Language;
use crate::domain::message::MessageChannel;
use crate::domain::time::{Clock as _, SystemClock};
use crate::ledger::simulate::InboxMessage;
use crate::rpc;
use crate::service::Service;
use crate::service::message::{ScoreMessage, SubmitMessage};
use crate::store;

use company::{DemoCompany, DemoSpec};

/// Make a sample company, start the server and show its ranked worklist.
///
/// Needs nothing: the database is a file in a folder, the models come with the program. The server runs until Ctrl-C; the
/// lines at the end can be copied into another terminal.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Folder for the sample company; it must not hold other data. Started again, the company of the folder stays as it is.
    #[arg(long, value_name = "DIR", default_value = "recourse-demo")]
    data_dir: PathBuf,
    /// Customers of the sample company.
    #[arg(long, value_name = "COUNT", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=5000))]
    customers: u32,
    /// Seed of the sample company; the same seed makes the same company.
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Address and port of the server.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50051")]
    listen: SocketAddr,
    /// Work items shown.
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Language of the reasons: en, fr, de or es.
    #[arg(long, value_name = "CODE", default_value = "en", value_parser = parse_language)]
    language: Language,
    /// End after the worklist is shown, without serving on.
    #[arg(long)]
    exit: bool,
}

/// Runs the command.
///
/// # Errors
/// When the folder cannot be used or the address is taken.
pub fn run(args: &DemoArgs, global: &GlobalArgs) -> anyhow::Result<()> {
    let database = DatabaseArgs { data_dir: Some(args.data_dir.clone()), database_url: None };
    let ledger = LedgerArgs { database, tenant: TenantId::default_tenant() };
    let data = DataArgs { ledger, strategy: None };
    let mut config = data.config(global)?;
    config.server.listen = args.listen;
    block_on(async {
        let listener = rpc::server::listen(args.listen).await.map_err(|error| {
            WrongUse(format!("{error}: choose another address with --listen, such as --listen 127.0.0.1:0"))
        })?;
        let address = listener.local_addr().context("the address of the listener is unknown")?;
        let progress = Progress::start("sample company");
        let company = make(args, &config, &data.ledger.tenant, &progress).await?;
        let (service, _) = data.open(global).await?;
        fill(&service, &data.ledger.tenant, company, &progress).await?;
        worklist::show(&service, &data.ledger.tenant, args.limit, args.language, global.json).await?;
        service.settle().await?;
        if args.exit {
            return Ok(());
        }
        let stopped = serve::stop_signal();
        eprintln!(
            "\nServing on {address} with data in {}; Ctrl-C ends it. In another terminal:\n",
            args.data_dir.display()
        );
        if global.json {
            eprintln!("{}", lines_to_copy(address));
        } else {
            output::print_text(&lines_to_copy(address))?;
        }
        rpc::server::serve(Arc::clone(&service), &config.server, &config.retention, listener, stopped).await?;
        Ok(service.settle().await?)
    })
}

/// Makes the sample company of the folder.
async fn make(args: &DemoArgs, config: &Config, tenant: &TenantId, progress: &Progress) -> anyhow::Result<DemoCompany> {
    let asked = DemoSpec { customers: args.customers, seed: args.seed, as_of: SystemClock.now().utc_date() };
    let store = store::open(&config.database_url(), config.database.connections_max, Arc::new(SystemClock)).await?;
    DemoCompany::of_folder(&args.data_dir, asked, store.as_ref(), tenant, progress).await
}

/// Puts the sample company into the database; a second run finds everything there and adds nothing.
async fn fill(service: &Arc<Service>, tenant: &TenantId, made: DemoCompany, progress: &Progress) -> anyhow::Result<()> {
    let DemoCompany { spec, company } = made;
    let mut session = service.ingest(tenant.clone());
    #[expect(clippy::cast_precision_loss, reason = "a sample company has far fewer records than 2^53")]
    let record_count = company.records.len() as f64;
    for (index, record) in company.records.into_iter().enumerate() {
        session.push(record).await?;
        #[expect(clippy::cast_precision_loss, reason = "a sample company has far fewer records than 2^53")]
        progress.set(0.5 + 0.4 * index as f64 / record_count, "importing");
    }
    let summary = session.finish().await?;
    if let Some(error) = summary.errors.first() {
        let (count, kind, id) = (summary.counts.rejected_count, error.kind, &error.external_id);
        anyhow::bail!("{} refused, the first is {kind} `{id}`: {}", counted(count, "record"), error.rejection);
    }
    progress.set(0.9, "reading messages");
    let message_count = company.inbox.len();
    for message in company.inbox {
        service.submit_message(tenant, submission(message)?).await?;
    }
    service.refresh_worklist(tenant).await?;
    progress.finish();
    eprintln!(
        "Sample company: {}, {}, {}, as of {}.",
        counted(spec.customers.into(), "customer"),
        counted(summary.received_count, "ledger record"),
        counted(u64::try_from(message_count)?, "new message"),
        spec.as_of
    );
    Ok(())
}

fn submission(message: InboxMessage) -> anyhow::Result<SubmitMessage> {
    let message_key = format!("demo-{}-{}", message.received_on, message.id);
    Ok(SubmitMessage {
        request_id: RequestId::parse(&message_key)?,
        message_id: None,
        message: ScoreMessage {
            body: message.message,
            subject: String::new(),
            customer_id: Some(message.customer_id),
            received_at: None,
            channel: MessageChannel::Email,
        },
        queue: None,
        validate_only: false,
    })
}

fn lines_to_copy(address: SocketAddr) -> String {
    let call = |service: &str, body: &str| format!("grpcurl -plaintext -d '{body}' {address} recourse.v1.{service}");
    let message = r#"{"body":"Invoice INV-10432: we received 118 of 120 boxes, please credit EUR 62.40."}"#;
    [
        call("MessageService/ScoreMessage", message),
        call("WorklistService/ListWorkItems", r#"{"page_size":5}"#),
        call("WorklistService/ClaimNextWorkItem", r#"{"user_id":"me"}"#),
    ]
    .join("\n")
}
