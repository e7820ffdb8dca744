//! A server whose database cannot grow: a limit on the size of files stops writes where an unprivileged test can.

use std::process::Command;
use std::time::Instant;

use recourse::rpc::pb;
use recourse::rpc::pb::message_service_client::MessageServiceClient;
use tonic::Code;

use super::harness::{PATIENCE, reason_of};
use super::process::Process;
use super::sample::submission;

/// Most messages sent before the limit must have been met.
const MESSAGES_MAX: usize = 400;

/// The program under a limit of this many KiB on every file that it writes; the signal of the limit is ignored, so that
/// writes fail as they do on a full disk.
pub fn limited(kib: u32) -> Command {
    let script = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$0\" \"$@\"");
    let mut command = Command::new("bash");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_recourse")]);
    command
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_finds_no_room_is_refused_and_the_earlier_ones_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("recourse.db");
    let url = format!("sqlite:{}", file.display());
    let mut process = Process::start_by(limited(1_500), &url);
    let mut client = MessageServiceClient::new(process.connect().await);
    let mut kept = Vec::new();
    let body = "please send a copy of the invoice ".repeat(900);
    let status = loop {
        assert!(kept.len() < MESSAGES_MAX, "the limit does not hold");
        match client.submit_message(submission(&format!("ticket-{}", kept.len()), &body)).await {
            Ok(answer) => kept.push(answer.into_inner().message_id),
            Err(status) => break status,
        }
    };
    assert_eq!((status.code(), reason_of(&status).as_str()), (Code::Unavailable, "CANNOT_WRITE"), "{status:?}");
    assert_eq!(status.message(), "nothing more can be written to the database; nothing of this was stored");
    let given_up_at = Instant::now() + PATIENCE;
    let told = format!("nothing more can be written to `{}`", file.display());
    while !process.log().contains(&told) {
        assert!(Instant::now() < given_up_at, "the log does not say `{told}`: {}", process.log());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // What was acknowledged is read back by the same server, and by one without the limit, which also takes the next one.
    assert!(kept.len() > 1);
    let last = pb::GetMessageRequest { message_id: kept[kept.len() - 1].clone() };
    client.get_message(last).await.unwrap();
    process.kill();
    let process = Process::start_by(Command::new(env!("CARGO_BIN_EXE_recourse")), &url);
    let mut client = MessageServiceClient::new(process.connect().await);
    for message_id in &kept {
        client.get_message(pb::GetMessageRequest { message_id: message_id.clone() }).await.unwrap();
    }
    client.submit_message(submission(&format!("ticket-{}", kept.len()), &body)).await.unwrap();
}
