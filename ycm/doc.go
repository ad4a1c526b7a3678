// Package ycm is a client for the open API of Yeastar Central Management (YCM). Its methods read an account's Cloud
// PBXs, subscription and customers, and the options for a new PBX. They also create, change and delete PBXs and
// customers.
//
// The package doesn't cache data. Each method call sends one request to YCM, preceded by a token request if necessary.
// A failed read may be repeated (see [Client]). All facts about the API come from testdata/openapi.yaml, which was
// reconstructed from the vendor's guide and has never been checked against a live server. Decoding therefore accepts
// every format that is consistent with the guide, and a failure has the same [Error] class in every format.
package ycm
