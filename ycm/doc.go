// Package ycm is a client for the open API of Yeastar Central Management (YCM). Its methods read a fleet of Cloud
// PBXs, its subscription, its customers and the options for a new PBX. They also create and change PBXs and
// customers.
//
// The package doesn't cache data. Each call is one request to YCM, except that a read is repeated after a transient
// failure (see [Client]). The source of all facts is testdata/openapi.yaml, which was reconstructed from the vendor's
// guide and has never been checked against a live server. Decoding therefore accepts every form that the guide leaves
// open, and a failure has the same [Error] class in every format.
package ycm
