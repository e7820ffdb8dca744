//! Streams of many: requests are answered in chunks as they come in, in order, with a bound on what is under way.

use std::future::Future;
use std::sync::Arc;

use prost::Message;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use super::status::{complete, edge_status};
use crate::domain::violation::Violations;
use crate::service::ServiceError;

/// Most requests of a stream that are answered together.
const CHUNK_COUNT_MAX: usize = 64;
/// Most requests of a stream that wait to be answered.
const WAITING_COUNT_MAX: usize = 2 * CHUNK_COUNT_MAX;
/// Most bytes of the requests of a stream that wait or are being answered; one larger request is taken alone.
const UNDER_WAY_BYTES_MAX: usize = 8 << 20;
/// Most chunks of a stream that are answered at the same time.
const CHUNKS_UNDER_WAY_MAX: usize = 2;
/// Most answers that wait for a slow client.
const ANSWERS_WAITING_MAX: usize = CHUNK_COUNT_MAX;

/// The answers of a stream.
pub type Answers<Response> = ReceiverStream<Result<Response, Status>>;

/// Answers a stream of requests in order. `answer` gets what has come in, at most `CHUNK_COUNT_MAX` requests, and gives
/// one response for each. A slow client holds back the reading of its requests.
pub fn answer_in_order<Request, Response, Answer, Answering>(
    requests: Streaming<Request>,
    request_bytes_max: usize,
    permit: OwnedSemaphorePermit,
    answer: Answer,
) -> Answers<Response>
where
    Request: Message + 'static,
    Response: Send + 'static,
    Answer: Fn(Vec<Request>) -> Answering + Send + Sync + 'static,
    Answering: Future<Output = Result<Vec<Response>, Status>> + Send + 'static,
{
    let (waiting_sender, waiting) = mpsc::channel(WAITING_COUNT_MAX);
    let (chunk_sender, chunks) = mpsc::channel(CHUNKS_UNDER_WAY_MAX);
    let (answer_sender, answers) = mpsc::channel(ANSWERS_WAITING_MAX);
    tokio::spawn(read(requests, request_bytes_max, waiting_sender));
    tokio::spawn(dispatch(waiting, Arc::new(answer), chunk_sender));
    tokio::spawn(forward(chunks, answer_sender, permit));
    ReceiverStream::new(answers)
}

/// A request that waits, with its share of the bytes under way, or the failure of the stream itself.
type Waiting<Request> = Result<(Request, OwnedSemaphorePermit), Status>;

/// Reads requests until the stream ends, fails, or nobody wants answers any more.
async fn read<Request: Message>(
    mut requests: Streaming<Request>,
    request_bytes_max: usize,
    waiting: mpsc::Sender<Waiting<Request>>,
) {
    let bytes_free = Arc::new(Semaphore::new(UNDER_WAY_BYTES_MAX));
    loop {
        let read = tokio::select! {
            read = requests.message() => read,
            () = waiting.closed() => return,
        };
        let request = match read {
            Ok(None) => return,
            Ok(Some(request)) => {
                let bytes = u32::try_from(request.encoded_len().min(UNDER_WAY_BYTES_MAX)).unwrap_or(u32::MAX);
                tokio::select! {
                    // The semaphore is never closed.
                    share = Arc::clone(&bytes_free).acquire_many_owned(bytes) => {
                        share.map(|share| (request, share)).map_err(|_| internal_status())
                    }
                    () = waiting.closed() => return,
                }
            }
            Err(status) => Err(complete(&status, request_bytes_max)),
        };
        let has_failed = request.is_err();
        if waiting.send(request).await.is_err() || has_failed {
            return;
        }
    }
}

/// A chunk under way, or the failure of the stream itself.
type UnderWay<Response> = Result<JoinHandle<Result<Vec<Response>, Status>>, Status>;

/// Puts what waits into chunks and starts them; the bound of `chunks` holds back the next one.
async fn dispatch<Request, Response, Answer, Answering>(
    mut waiting: mpsc::Receiver<Waiting<Request>>,
    answer: Arc<Answer>,
    chunks: mpsc::Sender<UnderWay<Response>>,
) where
    Response: Send + 'static,
    Answer: Fn(Vec<Request>) -> Answering,
    Answering: Future<Output = Result<Vec<Response>, Status>> + Send + 'static,
{
    let mut read = Vec::with_capacity(CHUNK_COUNT_MAX);
    while waiting.recv_many(&mut read, CHUNK_COUNT_MAX).await > 0 {
        let Ok(place) = chunks.reserve().await else { return };
        let mut chunk = Vec::with_capacity(read.len());
        let mut shares = Vec::with_capacity(read.len());
        let mut failure = None;
        for request in read.drain(..) {
            match request {
                Ok((request, share)) => {
                    chunk.push(request);
                    shares.push(share);
                }
                Err(status) => failure = Some(status),
            }
        }
        let answering = answer(chunk);
        place.send(Ok(tokio::spawn(async move {
            let answered = answering.await;
            drop(shares);
            answered
        })));
        if let Some(status) = failure {
            // When nobody listens any more there is nobody to tell.
            let _ = chunks.send(Err(status)).await;
            return;
        }
    }
}

/// Sends the answers on in the order of their requests; the permit is given back at the end.
async fn forward<Response>(
    mut chunks: mpsc::Receiver<UnderWay<Response>>,
    answers: mpsc::Sender<Result<Response, Status>>,
    permit: OwnedSemaphorePermit,
) {
    while let Some(under_way) = chunks.recv().await {
        let answered = match under_way {
            Ok(chunk) => chunk.await.unwrap_or_else(|_| Err(internal_status())),
            Err(status) => Err(status),
        };
        match answered {
            Ok(responses) => {
                for response in responses {
                    if answers.send(Ok(response)).await.is_err() {
                        return;
                    }
                }
            }
            Err(status) => {
                let _ = answers.send(Err(status)).await;
                return;
            }
        }
    }
    drop(permit);
}

/// Answers a chunk: `score` gets what `read` accepts, and `respond` tells with each request's key what became of it.
pub async fn answer_chunk<Request, Key, Item, Scored, Scoring, Response>(
    chunk: Vec<Request>,
    read: impl Fn(Request) -> (Key, Result<Item, Violations>),
    score: impl FnOnce(Vec<Item>) -> Scoring,
    respond: impl Fn(Key, Result<Scored, ServiceError>) -> Response,
) -> Result<Vec<Response>, Status>
where
    Scoring: Future<Output = Result<Vec<Result<Scored, ServiceError>>, ServiceError>>,
{
    let mut read_requests = Vec::with_capacity(chunk.len());
    let mut accepted = Vec::with_capacity(chunk.len());
    for (key, item) in chunk.into_iter().map(read) {
        read_requests.push((key, item.map(|item| accepted.push(item))));
    }
    let mut scores = score(accepted).await?.into_iter();
    let mut responses = Vec::with_capacity(read_requests.len());
    for (key, item) in read_requests {
        let scored = match item {
            Ok(()) => scores.next().ok_or_else(internal_status)?,
            Err(violations) => Err(ServiceError::Invalid(violations)),
        };
        responses.push(respond(key, scored));
    }
    Ok(responses)
}

/// The status of work that ended without a result, such as by a panic, which the panic hook has reported.
pub(super) fn internal_status() -> Status {
    edge_status(Code::Internal, "INTERNAL", "something went wrong inside")
}
