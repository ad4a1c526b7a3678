// Package ycm is a client for the open API of Yeastar Central Management (YCM). Its methods read a fleet of Cloud
// PBXs, its subscription, its customers and the options for a new PBX. They also create and change PBXs and
// customers.
//
// The package keeps no copy of the data. Each call is one request to YCM, except that a read is repeated after a
// transient failure (see [Client]). The source of all facts is testdata/openapi.yaml, a reconstruction of the
// vendor's guide that was never checked against a live server. Decoding therefore accepts every form that the guide
// leaves open, and an [Error] has one class for a failure, however YCM spells it.
package ycm
