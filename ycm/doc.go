// Package ycm is a client of the Yeastar Central Management (YCM) open API: the calls that read a fleet of Cloud PBXs,
// its hosting package and the look-ups for a new PBX, and the one that creates it.
//
// It is not a mirror and not a cache: each call is one request to YCM (a read that fails for a passing reason is asked
// again, see [Client]). The source of all facts is testdata/openapi.yaml, a reconstruction of the vendor's guide that
// was never checked against a live server; so decoding forgives what the guide leaves open, and [Error] says which
// class a failure is of, whatever its spelling.
package ycm
