# Builds a static binary and copies it to a base image without a shell or root. docs/operator.md describes how to run
# the image.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /out/cordboard ./cmd/cordboard \
	&& mkdir -p /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/cordboard /cordboard
COPY --from=build --chown=nonroot:nonroot --chmod=0700 /out/data /data
USER nonroot
ENV CORDBOARD_DATA=/data CORDBOARD_ADDR=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=6s CMD ["/cordboard", "healthcheck"]
ENTRYPOINT ["/cordboard"]
CMD ["serve"]
