"""Hands a customer's message to Recourse, finds it on the worklist, works on it, and sees it gone.

    pip install grpcio grpcio-tools
    recourse serve &
    python client.py                    # or: python client.py HOST:PORT
"""

import sys
import tempfile
import uuid
from datetime import date, timedelta
from pathlib import Path

import grpc
from grpc_tools import protoc

# Python code for the protos is generated into a folder that is thrown away; a real client keeps it.
PROTOS = Path(__file__).resolve().parents[2] / "proto"
GENERATED = tempfile.TemporaryDirectory()
FILES = [str(path) for path in sorted(PROTOS.glob("recourse/v1/*.proto"))]
WELL_KNOWN = Path(protoc.__file__).parent / "_proto"
if protoc.main(
    ["", f"-I{PROTOS}", f"-I{WELL_KNOWN}", f"--python_out={GENERATED.name}", f"--grpc_python_out={GENERATED.name}", *FILES]
):
    sys.exit("the protos could not be compiled")
sys.path.insert(0, GENERATED.name)

from recourse.v1 import common_pb2, ledger_pb2, ledger_pb2_grpc, message_pb2, message_pb2_grpc  # noqa: E402
from recourse.v1 import worklist_pb2, worklist_pb2_grpc  # noqa: E402

RUN = uuid.uuid4().hex[:8]
CUSTOMER, INVOICE, QUEUE = f"example-{RUN}", f"RE-{RUN}", f"example-{RUN}"


def ledger_records():
    """A customer with an overdue invoice; a real system streams its whole ledger the same way."""
    today = date.today()
    yield ledger_pb2.IngestLedgerRequest(
        customer=ledger_pb2.Customer(customer_id=CUSTOMER, name="Bäckerei Example GmbH", country_code="DE")
    )
    yield ledger_pb2.IngestLedgerRequest(
        invoice=ledger_pb2.Invoice(
            invoice_id=INVOICE,
            customer_id=CUSTOMER,
            amount=common_pb2.Money(currency_code="EUR", units=1240, nanos=500_000_000),
            issued_on=str(today - timedelta(days=45)),
            due_on=str(today - timedelta(days=15)),
        )
    )


def main():
    address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051"
    with grpc.insecure_channel(address) as channel:
        ledger = ledger_pb2_grpc.LedgerServiceStub(channel)
        messages = message_pb2_grpc.MessageServiceStub(channel)
        worklist = worklist_pb2_grpc.WorklistServiceStub(channel)

        summary = ledger.IngestLedger(ledger_records(), timeout=10)
        print(f"ledger: {summary.inserted_count} records taken in, {summary.rejected_count} refused")

        # The ticket's id as request id: sending it again after a lost answer changes nothing.
        submitted = messages.SubmitMessage(
            message_pb2.SubmitMessageRequest(
                request_id=f"ticket-{RUN}",
                queue=QUEUE,
                message=message_pb2.ScoreMessageRequest(
                    customer_id=CUSTOMER,
                    subject=f"Invoice {INVOICE}",
                    body=f"Hello, you charged us 12.50 per unit on invoice {INVOICE}, but we agreed on 9.80. "
                    "We will not pay before you correct the price.",
                ),
            ),
            timeout=10,
        )
        reading, item = submitted.reading, submitted.work_item
        print(f"understood: {common_pb2.Intent.Name(reading.intent)}, {reading.contested_item}")
        print(f"priority {item.priority.priority:.1f} because")
        for reason in item.priority.reasons:
            print(f"  {reason.points:+6.1f}  {reason.sentence}")

        mine = worklist_pb2.WorklistFilter(queue=QUEUE)
        listed = worklist.ListWorkItems(worklist_pb2.ListWorkItemsRequest(filter=mine), timeout=10)
        assert [found.work_item_id for found in listed.work_items] == [item.work_item_id]
        print(f"on the worklist: {listed.work_items[0].summary}")

        claimed = worklist.ClaimNextWorkItem(
            worklist_pb2.ClaimNextWorkItemRequest(user_id="example-collector", filter=mine), timeout=10
        )
        print(f"claimed by {claimed.work_item.lease_holder}")

        worklist.CompleteWorkItem(
            worklist_pb2.CompleteWorkItemRequest(
                work_item_id=claimed.work_item.work_item_id,
                lease_token=claimed.lease_token,
                result=worklist_pb2.COMPLETION_RESULT_SETTLED,
                note="price corrected, credit note sent",
            ),
            timeout=10,
        )
        listed = worklist.ListWorkItems(worklist_pb2.ListWorkItemsRequest(filter=mine), timeout=10)
        assert not listed.work_items
        print("completed, and gone from the worklist")


if __name__ == "__main__":
    try:
        main()
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
