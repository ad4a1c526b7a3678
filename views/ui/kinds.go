package ui

import (
	"cmp"
	"strings"
)

// KindWords contains the words for one kind of operation. Where a kind has no words of its own, KindWordsOf uses
// generic ones.
type KindWords struct {
	Label         string // what the operation does, such as "Create PBX"
	Done, NotDone string // the text of the badges for the states done and not-done

	// Unchanged is a sentence for an operation that changed nothing.
	Unchanged string

	// Uncertain has the sentences for an operation that may or may not have changed something.
	Uncertain string

	// Missing names what Cordboard looked for in YCM but didn't find, such as "this host name".
	Missing string

	// Proved is a sentence that says what in YCM proves that the operation was done, although there was no conclusive
	// response.
	Proved string

	Permission string // such as "create PBXs"; it follows "lacks permission to"
	Call       string // YCM's API call, for support
}

var anyKind = KindWords{
	Done:       "Done",
	NotDone:    "Not done",
	Unchanged:  "Nothing was changed.",
	Uncertain:  "The change may or may not have been made. Cordboard checks YCM and never sends the request again.",
	Missing:    "the change",
	Proved:     "However, YCM shows the change.",
	Permission: "make this change",
}

var kindWords = map[string]KindWords{
	"start": {
		Label:      "Start PBX",
		Done:       "Started",
		NotDone:    "Not started",
		Unchanged:  "The PBX was not started.",
		Uncertain:  "The PBX may or may not start. Cordboard checks its status and never sends the request again.",
		Proved:     "However, YCM shows that the PBX was started.",
		Permission: "start PBXs",
		Call:       "PUT v1/cloud_pbx/instances/{cloudPbxId}/start",
	},
	"resize": {
		Label:      "Resize PBX",
		Done:       "Resized",
		NotDone:    "Not resized",
		Unchanged:  "The PBX’s size was not changed.",
		Uncertain:  "The PBX may or may not have its new size. Cordboard checks it and never sends the request again.",
		Proved:     "However, YCM shows the new size.",
		Permission: "resize PBXs",
		Call:       "PUT v1/cloud_pbx/instances/{cloudPbxId}/capacity",
	},
	"update": {
		Label:      "Edit PBX",
		Done:       "Changed",
		NotDone:    "Not changed",
		Unchanged:  "The name and the switches were not changed.",
		Uncertain:  "The values may or may not have changed. Cordboard checks them and never sends the request again.",
		Proved:     "However, YCM shows the new values.",
		Permission: "edit PBXs",
		Call:       "PUT v1/cloud_pbx/instances/{cloudPbxId}",
	},
	"customers": {
		Label:      "Set customers",
		Done:       "Changed",
		NotDone:    "Not changed",
		Unchanged:  "The PBX’s customers were not changed.",
		Uncertain:  "The customers may or may not have changed. Cordboard checks YCM and never sends the request again.",
		Proved:     "However, YCM shows the new customers.",
		Permission: "change the customers of PBXs",
		Call:       "PUT v1/cloud_pbx/instances/{cloudPbxId}/customers",
	},
	"activation-email": {
		Label:     "Activation email",
		Done:      "Sent",
		NotDone:   "Not sent",
		Unchanged: "No email was sent.",
		Uncertain: "The email may or may not have been sent. YCM doesn’t show it, so the outcome stays unknown. You can " +
			"send another email.",
		Permission: "send activation emails",
		Call:       "POST v1/cloud_pbx/instances/{cloudPbxId}/activation_email",
	},
	"delete": {
		Label:      "Delete PBX",
		Done:       "Deleted",
		NotDone:    "Not deleted",
		Unchanged:  "The PBX was not deleted.",
		Uncertain:  "The PBX may or may not exist. Cordboard checks YCM and never sends the request again.",
		Missing:    "the deletion",
		Proved:     "However, YCM no longer has the PBX.",
		Permission: "delete PBXs",
		Call:       "DELETE v1/cloud_pbx/instances",
	},
	"customer-create": {
		Label:     "Create customer",
		Done:      "Created",
		NotDone:   "Not created",
		Unchanged: "No customer was created.",
		Uncertain: "The customer may or may not exist. Cordboard checks YCM’s list of customers and never sends the " +
			"request again.",
		Missing:    "the customer",
		Proved:     "However, YCM’s list has the customer.",
		Permission: "create customers",
		Call:       "POST v1/customers",
	},
	"customer-update": {
		Label:      "Edit customer",
		Done:       "Changed",
		NotDone:    "Not changed",
		Unchanged:  "The customer was not changed.",
		Uncertain:  "The customer may or may not have changed. Cordboard checks YCM and never sends the request again.",
		Proved:     "However, YCM shows the new values.",
		Permission: "edit customers",
		Call:       "PUT v1/customers/{customerId}",
	},
	"customer-delete": {
		Label:      "Delete customer",
		Done:       "Deleted",
		NotDone:    "Not deleted",
		Unchanged:  "The customer was not deleted.",
		Uncertain:  "The customer may or may not exist. Cordboard checks YCM and never sends the request again.",
		Missing:    "the deletion",
		Proved:     "However, YCM no longer has the customer.",
		Permission: "delete customers",
		Call:       "DELETE v1/customers",
	},
	"stop": {
		Label:      "Stop PBX",
		Done:       "Stopped",
		NotDone:    "Not stopped",
		Unchanged:  "The PBX was not stopped.",
		Uncertain:  "The PBX may or may not stop. Cordboard checks its status and never sends the request again.",
		Proved:     "However, YCM shows that the PBX is stopped.",
		Permission: "stop PBXs",
		Call:       "PUT v1/cloud_pbx/instances/{cloudPbxId}/stop",
	},
	"create": {
		Label:     "Create PBX",
		Done:      "Created",
		NotDone:   "Not created",
		Unchanged: "No PBX was created, and no capacity was used.",
		Uncertain: "The PBX may or may not exist. Cordboard checks YCM for this host name and never sends the request " +
			"again. Until the outcome is known, the host name is reserved and the capacity counts as used.",
		Missing:    "this host name",
		Proved:     "However, the PBX exists: YCM has a PBX with this host name.",
		Permission: "create PBXs",
		Call:       "POST v1/cloud_pbx/instances",
	},
}

// KindWordsOf returns the words for a kind of operation. The label of a kind without words of its own is made from the
// kind's name, such as "Activation email" for "activation-email".
func KindWordsOf(kind string) KindWords {
	w := kindWords[kind]
	return KindWords{
		Label:      cmp.Or(w.Label, labelOf(kind)),
		Done:       cmp.Or(w.Done, anyKind.Done),
		NotDone:    cmp.Or(w.NotDone, anyKind.NotDone),
		Unchanged:  cmp.Or(w.Unchanged, anyKind.Unchanged),
		Uncertain:  cmp.Or(w.Uncertain, anyKind.Uncertain),
		Missing:    cmp.Or(w.Missing, anyKind.Missing),
		Proved:     cmp.Or(w.Proved, anyKind.Proved),
		Permission: cmp.Or(w.Permission, anyKind.Permission),
		Call:       w.Call,
	}
}

// labelOf returns a kind's name in sentence case.
func labelOf(kind string) string {
	label := strings.ReplaceAll(kind, "-", " ")
	return strings.ToUpper(label[:min(1, len(label))]) + label[min(1, len(label)):]
}

// OperationBadge returns the badge for an operation's state. kind is the operation's kind.
func OperationBadge(kind, state string) Badge {
	b := ours(operationBadges, state)
	switch words := KindWordsOf(kind); state {
	case "done":
		b.Word = words.Done
	case "not-done":
		b.Word = words.NotDone
	}
	return b
}

// KindLabel returns the label of a kind of operation, such as "Create PBX".
func KindLabel(kind string) string { return KindWordsOf(kind).Label }
